//! Schemas and parameters of the webhooks.

use payments_domain::{EndpointId, ObjectId, OrderReference, Provider};
use platform_http::openapi::{Components, string};
use serde_json::{Map, Value, json};

/// Returns the components of the document that payments need.
#[must_use]
pub fn components() -> Components {
    let provider = json!({
        "name": "provider", "in": "path", "required": true,
        "description": "Payment provider.",
        "schema": string(&json!({ "enum": Provider::ALL.map(Provider::as_str) })),
    });
    let endpoint = json!({
        "name": "endpoint", "in": "path", "required": true,
        "description": "Endpoint, as the operator has given it to the provider.",
        "schema": string(&json!({ "pattern": "^[A-Za-z0-9_-]+$", "minLength": 1, "maxLength": EndpointId::MAX_CHARS })),
    });
    Components {
        schemas: named([("PaymentNotification", notification())]),
        problem_members: Map::new(),
        parameters: named([("PaymentProvider", provider), ("PaymentEndpoint", endpoint)]),
    }
}

/// Notification of a provider. Each has a form of its own; the members are those of `standard`.
fn notification() -> Value {
    let text = |max: usize| string(&json!({ "minLength": 1, "maxLength": max }));
    json!({
        "type": "object",
        "description": "Notification in the form of its provider. The members here are those of `standard`; others are ignored.",
        "required": ["type"],
        "properties": {
            "type": { "type": "string" },
            "timestamp": { "type": "string", "format": "date-time" },
            "data": {
                "type": "object",
                "properties": {
                    "order_id": text(OrderReference::MAX_CHARS),
                    "payment_id": text(ObjectId::MAX_CHARS),
                    "amount": string(&json!({ "pattern": r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?$" })),
                    "currency": string(&json!({ "pattern": "^[A-Z]{3}$" })),
                },
            },
        },
    })
}

fn named<const N: usize>(values: [(&str, Value); N]) -> Map<String, Value> {
    values.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()
}
