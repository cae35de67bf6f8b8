//! What is measured, and the events that ask for it.

use serde::Serialize;
use serde_json::{Map, Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Operation {
    /// `POST /orders`, each time with a fresh key.
    Create,
    /// `GET /orders/{id}`.
    Get,
    /// `PATCH /orders/{id}` of an order that was never changed.
    Patch,
}

/// Orders of a page.
pub(crate) const PAGE: usize = 20;

/// The fields of every answer.
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
    /// All that are measured.
    pub(crate) const ALL: [Self; 3] = [Self::Create, Self::Get, Self::Patch];

    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Get => "get",
            Self::Patch => "patch",
        }
    }

    /// The function's name, and its binary's.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::Create => "create-order",
            Self::Get => "get-order",
            Self::Patch => "patch-order",
        }
    }

    /// An event of API Gateway in payload format 2.0, as text. Keys never come again.
    pub(crate) fn event(self, order_id: &str) -> String {
        static KEYS: AtomicU64 = AtomicU64::new(0);
        let one = format!("/orders/{order_id}");
        let event = match self {
            Self::Create => {
                let key = format!("bench-{}-{}", std::process::id(), KEYS.fetch_add(1, Ordering::Relaxed));
                let items = json!([{ "sku": "A1", "qty": 2, "price": "9.99" }]);
                let order = json!({ "customer_id": "c-1", "currency": "USD", "items": items });
                request("POST /orders", "/orders", &[], &[("idempotency-key", &key)], Some(&order))
            }
            Self::Get => request("GET /orders/{id}", &one, &[], &[], None),
            Self::Patch => {
                let change = json!({ "status": "PAID" });
                request("PATCH /orders/{id}", &one, &[], &[("if-match", "\"1\"")], Some(&change))
            }
        };
        event.to_string()
    }

    /// Whether an answer is the one that was asked for, whatever order it is of.
    pub(crate) fn is_answered_by(self, answer: &Value) -> bool {
        let (status, version) = match self {
            Self::Create => (201, 1),
            Self::Get => (200, 1),
            Self::Patch => (200, 2),
        };
        let body = body(answer);
        let mut fields: Vec<_> = body.as_object().into_iter().flatten().map(|(name, _)| name).collect();
        fields.sort();
        answer["statusCode"] == status
            && fields == ORDER_FIELDS
            && body["version"] == version
            && body["amount_total"] == "19.98"
    }
}

/// The body of an answer, which is JSON.
pub(crate) fn body(answer: &Value) -> Value {
    answer["body"].as_str().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default()
}

/// An event of a route, `METHOD /path`. Queries have nothing that needs to be encoded.
pub(crate) fn request(
    route: &str,
    path: &str,
    query: &[(&str, &str)],
    more: &[(&str, &str)],
    body: Option<&Value>,
) -> Value {
    let (method, _) = route.split_once(' ').unwrap_or_default();
    let pairs: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let parameters: Map<_, _> = query.iter().map(|(name, value)| ((*name).into(), json!(value))).collect();
    let mut headers = json!({
        "accept": "application/json",
        "content-type": "application/json",
        "host": "api.example.com",
        "user-agent": "orders-bench",
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    });
    for (name, value) in more {
        headers[*name] = json!(value);
    }
    json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": pairs.join("&"),
        "queryStringParameters": parameters,
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.example.com",
            "domainPrefix": "api",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "orders-bench",
            },
            "requestId": "gateway-request",
            "routeKey": route,
            "stage": "$default",
            "time": "31/Jan/2026:09:30:00 +0000",
            "timeEpoch": 1_769_851_800_000_u64,
        },
        "body": body.map(ToString::to_string),
        "isBase64Encoded": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_with_the_wrong_status_gives_no_figures() {
        let order = json!({
            "order_id": "o", "customer_id": "c", "version": 1, "status": "CREATED", "currency": "USD",
            "items": [], "amount_total": "19.98", "created_at": "", "updated_at": "",
        });
        let answer = |status: u16| json!({ "statusCode": status, "body": order.to_string() });
        assert!(Operation::Get.is_answered_by(&answer(200)));
        assert!(!Operation::Get.is_answered_by(&answer(503)));
        assert!(!Operation::Create.is_answered_by(&json!({ "statusCode": 201, "body": "{}" })));
    }
}
