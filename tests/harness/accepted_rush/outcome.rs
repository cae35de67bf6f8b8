//! Outcome of an accepted order, as its buyer, the shop and the database see it.

use super::buyers::{Accepted, Wish};
use crate::{Reply, Shop};
use serde_json::{Value, json};

/// Outcome of an order.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) id: String,
    /// Status, reason for the rejection, or `on hold`.
    pub(super) name: String,
    pub(super) is_undecided: bool,
    pub(super) is_rejected: bool,
    pub(super) has_shared_id: bool,
    /// Responses that contradict the order, or the wish.
    pub(super) contradiction: Option<String>,
    /// Number of requests to charge it that there must be.
    pub(super) charges: usize,
    order: Value,
}

impl Outcome {
    /// Asks for an order by all ways: by its status URL, by its id, and by its key with and without the preference.
    pub(super) async fn of(shop: &Shop, accepted: &Accepted) -> Self {
        let id = accepted.response.order_id();
        let url = accepted.response.json()["status_url"].as_str().expect("a reference").to_owned();
        let order = shop.api.order(&id).await;
        let (status, order) = (shop.api.get(&url).await.json(), (order.status == 200).then(|| order.json()));
        let later = shop.api.order_later(&accepted.key, &accepted.body).await;
        let at_once = shop.post("/orders", &accepted.key, &accepted.body).await;
        let is_undecided = status["status"] == "PENDING" || order.is_none() || at_once.status == 202;
        let order = order.unwrap_or_default();
        let is_rejected = order["status"] == "REJECTED";
        let name = match (&order["reject_reason"], &order["hold"]) {
            (Value::String(reason), _) => reason.clone(),
            (_, Value::Object(_)) => "on hold".to_owned(),
            _ => order["status"].as_str().unwrap_or("undecided").to_owned(),
        };
        let contradiction = contradiction(accepted, &order, &status, &later, &at_once)
            .or_else(|| (!accepted.wish.allows(&name)).then(|| format!("{:?} is {name}", accepted.wish)));
        let charges = usize::from(accepted.wish == Wish::Charged && !is_rejected);
        let has_shared_id = accepted.wish == Wish::SharedId;
        Self { id, name, is_undecided, is_rejected, has_shared_id, contradiction, charges, order }
    }

    /// Returns the units of a product that the order holds.
    pub(super) fn units_of(&self, sku: &str) -> i64 {
        if self.order["status"] != "CREATED" {
            return 0;
        }
        let items = self.order["items"].as_array().expect("a list").iter();
        items.filter(|item| item["sku"] == sku).map(|item| item["qty"].as_i64().expect("a number")).sum()
    }
}

/// Returns the responses, if they don't tell the same.
fn contradiction(
    accepted: &Accepted,
    order: &Value,
    status: &Value,
    later: &Reply,
    at_once: &Reply,
) -> Option<String> {
    let is_told = if order["status"] == "REJECTED" {
        let problem = at_once.json();
        let reason = &order["reject_reason"];
        (at_once.status, &problem["reason"]) == (409, reason)
            && problem["type"].as_str().is_some_and(|it| it.ends_with(":order-rejected"))
            && *status == json!({ "order_id": order["order_id"], "status": "REJECTED", "reason": reason })
    } else {
        let placed = at_once.json();
        // Nothing tells later statuses here.
        at_once.status == 201
            && (&placed["version"], &placed["status"]) == (&json!(1), &json!("CREATED"))
            && placed["order_id"] == order["order_id"]
            && status["status"] == "CREATED"
    };
    let is_same = (later.status, &later.body) == (202, &accepted.response.body);
    (!is_told || !is_same).then(|| format!("{status} {} {}", at_once.body, later.body))
}

impl Wish {
    /// Returns `true` for an outcome that the order can have.
    fn allows(self, outcome: &str) -> bool {
        let outcomes: &[_] = match self {
            Self::Popular | Self::Basket => &["CREATED", "CANCELLED", "out_of_stock"],
            Self::OldPrice => &["price_changed"],
            Self::Unknown => &["invalid"],
            Self::Reviewed => &["on hold", "CANCELLED"],
            Self::Suspicious => &["fraud"],
            Self::Charged | Self::Priced => &["CREATED", "CANCELLED"],
            Self::SharedId => &["CREATED", "CANCELLED", "invalid"],
        };
        outcomes.contains(&outcome)
    }
}
