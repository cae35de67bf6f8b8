//! Examples for the OpenAPI document. Tests send each of them.

use serde_json::{Value, json};

pub(crate) fn new_order() -> Value {
    json!({ "customer_id": "c-1", "currency": "USD", "items": [{ "sku": "A1", "qty": 2, "price": "9.99" }] })
}

pub(crate) fn status_change() -> Value {
    json!({ "status": "PAID" })
}

pub(crate) fn order() -> Value {
    json!({
        "order_id": "019c1363-49c0-7101-8101-010101010101",
        "number": "A-000123",
        "customer_id": "c-1",
        "version": 1,
        "status": "CREATED",
        "currency": "USD",
        "items": [{ "sku": "A1", "qty": 2, "price": "9.99" }],
        "amount_total": "19.98",
        "created_at": "2026-01-31T09:30:00.000Z",
        "updated_at": "2026-01-31T09:30:00.000Z",
    })
}

/// The same order after [`status_change`].
pub(crate) fn paid_order() -> Value {
    let mut order = order();
    order["version"] = 2.into();
    order["status"] = "PAID".into();
    order
}
