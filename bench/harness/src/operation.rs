//! Measured operations of the API.

use crate::gateway_event::{Request, body};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// Operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operation {
    /// `POST /orders`, each time with a new key.
    Create,
    /// `GET /orders/{id}`.
    Get,
    /// `PATCH /orders/{id}` of an order at version 1.
    Patch,
}

/// Number of orders on a page.
pub(crate) const PAGE_SIZE: usize = 20;

/// Fields of an order, sorted.
const ORDER_FIELDS: [&str; 9] = [
    "amount_total",
    "created_at",
    "currency",
    "customer_id",
    "items",
    "order_id",
    "status",
    "updated_at",
    "version",
];

impl Operation {
    /// All operations.
    pub(crate) const ALL: [Self; 3] = [Self::Create, Self::Get, Self::Patch];

    /// Returns the name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Get => "get",
            Self::Patch => "patch",
        }
    }

    /// Returns the name of the function and of its binary.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::Create => "create-order",
            Self::Get => "get-order",
            Self::Patch => "patch-order",
        }
    }

    /// Returns an event for an order, without authentication; `Create` ignores the id. Idempotency keys are never
    /// repeated.
    pub(crate) fn event(self, order_id: &str) -> String {
        self.event_with(order_id, None)
    }

    /// Returns an event with the claims of a token.
    pub(crate) fn event_with(self, order_id: &str, claims: Option<&Value>) -> String {
        static KEYS: AtomicU64 = AtomicU64::new(0);
        let path = &format!("/orders/{order_id}");
        match self {
            Self::Create => {
                let key = format!("bench-{}-{}", std::process::id(), KEYS.fetch_add(1, Ordering::Relaxed));
                let items = json!([{ "sku": "A1", "qty": 2, "price": "9.99" }]);
                let order = json!({ "customer_id": "c-1", "currency": "USD", "items": items });
                let (headers, body) = (&[("idempotency-key", key.as_str())], Some(&order));
                Request {
                    route: "POST /orders",
                    path: "/orders",
                    headers,
                    body,
                    claims,
                    ..Request::default()
                }
                .event()
            }
            Self::Get => Request { route: "GET /orders/{id}", path, claims, ..Request::default() }.event(),
            Self::Patch => {
                let change = json!({ "status": "PAID" });
                let (headers, body) = (&[("if-match", "\"1\"")], Some(&change));
                Request { route: "PATCH /orders/{id}", path, headers, body, claims, ..Request::default() }
                    .event()
            }
        }
    }

    /// Returns `true` for the expected response to the event, with any order.
    pub(crate) fn is_expected(self, response: &Value) -> bool {
        let (status, version) = match self {
            Self::Create => (201, 1),
            Self::Get => (200, 1),
            Self::Patch => (200, 2),
        };
        let body = body(response);
        let mut fields: Vec<_> = body.as_object().into_iter().flatten().map(|(name, _)| name).collect();
        fields.sort();
        response["statusCode"] == status
            && fields == ORDER_FIELDS
            && body["version"] == version
            && body["amount_total"] == "19.98"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_with_another_status_or_body_is_not_expected() {
        let order = json!({
            "order_id": "o", "customer_id": "c", "version": 1, "status": "CREATED", "currency": "USD",
            "items": [], "amount_total": "19.98", "created_at": "", "updated_at": "",
        });
        let response = |status: u16| json!({ "statusCode": status, "body": order.to_string() });
        assert!(Operation::Get.is_expected(&response(200)));
        assert!(!Operation::Get.is_expected(&response(503)));
        assert!(!Operation::Create.is_expected(&json!({ "statusCode": 201, "body": "{}" })));
    }
}
