//! Buyers of a rush of accepted orders.

use super::Rush;
use crate::shop::{REJECT, REVIEW};
use crate::{Reply, Shop, fresh_key};
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// Kind of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// One unit of the product that runs out.
    Popular,
    /// Both products.
    Basket,
    /// At another price than that of the product.
    OldPrice,
    /// Of a product that does not exist.
    Unknown,
    /// For more money than a customer can order without a review, with a payment that waits for it.
    Reviewed,
    /// For more money than a customer can order.
    Suspicious,
    /// With a payment.
    Charged,
    /// Without products of the catalog.
    Priced,
    /// With an id that other orders have.
    SharedId,
}

/// Order that was accepted.
pub(super) struct Accepted {
    pub(super) wish: Wish,
    pub(super) key: String,
    pub(super) body: Value,
    pub(super) response: Reply,
}

impl Wish {
    /// Returns the kind of the order with a number: half of the orders want the product that runs out.
    pub(super) fn of(number: usize) -> Self {
        match number % 20 {
            10 | 11 => Self::Basket,
            12 => Self::OldPrice,
            13 => Self::Unknown,
            14 => Self::Reviewed,
            15 => Self::Suspicious,
            16 | 17 => Self::Charged,
            18 => Self::Priced,
            19 => Self::SharedId,
            _ => Self::Popular,
        }
    }

    fn body(self, rush: &Rush) -> Value {
        let of =
            |sku: &str, units: u32, price: &str| json!({ "sku": sku, "qty": units, "expected_price": price });
        let common = |units| of(&rush.common, units, "5");
        let items = match self {
            Self::Popular => vec![of(&rush.popular, 1, "5")],
            Self::Basket => vec![of(&rush.popular, 1, "5"), common(2)],
            Self::OldPrice => vec![of(&rush.common, 1, "4")],
            Self::Unknown => vec![common(1), of("unknown", 1, "5")],
            // A unit costs 5 EUR.
            Self::Reviewed => vec![common(REVIEW / 5 + 1)],
            Self::Suspicious => vec![common(REJECT / 5 + 1)],
            Self::Charged | Self::SharedId => vec![common(1)],
            Self::Priced => vec![json!({ "sku": "A1", "qty": 2, "price": "9.99" })],
        };
        let mut body = json!({ "customer_id": fresh_key(), "currency": "EUR", "items": items });
        if matches!(self, Self::Charged | Self::Reviewed) {
            body["payment"] = json!({ "provider": "standard", "token": "tok_1" });
        }
        if self == Self::SharedId {
            body["external_id"] = rush.external_id.as_str().into();
        }
        body
    }
}

impl Shop {
    /// Places an order, which is accepted.
    pub(super) async fn accept(&self, rush: &Rush, wish: Wish) -> Accepted {
        let (key, body) = (fresh_key(), wish.body(rush));
        let response = self.api.order_later(&key, &body).await;
        assert_eq!(response.status, 202, "{}", response.body);
        rush.accepted.fetch_add(1, Ordering::Relaxed);
        Accepted { wish, key, body, response }
    }
}
