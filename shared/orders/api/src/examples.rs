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

pub(crate) fn acceptance() -> Value {
    json!({
        "order_id": "019c1363-49c0-7101-8101-010101010101",
        "status": "PENDING",
        "status_url": "/orders/019c1363-49c0-7101-8101-010101010101/status?expires=1769938200&key=RF6SNgXs\
            &signature=u2xkx0qYw1Qyq0Qx6Z1b3mQ0fJ7gU0cR2nYkW8s3J4E",
        "expires_at": "2026-02-01T09:30:00.000Z",
    })
}

pub(crate) fn status() -> Value {
    json!({ "order_id": "019c1363-49c0-7101-8101-010101010101", "status": "CREATED" })
}

/// The same order after [`status_change`].
pub(crate) fn paid_order() -> Value {
    let mut order = order();
    order["version"] = 2.into();
    order["status"] = "PAID".into();
    order["payment"] =
        json!({ "status": "PAID", "captured": "19.98", "refunded": "0.00", "currency": "USD" });
    order
}

pub(crate) fn review() -> Value {
    json!({ "decision": "approve" })
}

/// An order on hold after [`review`].
pub(crate) fn approved_order() -> Value {
    let mut order = order();
    order["version"] = 2.into();
    order
}

pub(crate) fn new_refund() -> Value {
    json!({ "reason": "damaged on arrival", "items": [{ "sku": "A1", "qty": 1 }] })
}

pub(crate) fn refund() -> Value {
    json!({
        "refund_id": "rf_4c1f0c6be9a3d27d5a8e0b1f6c2d9e37",
        "status": "PENDING",
        "amount": "9.99",
        "currency": "USD",
        "cause": "requested",
        "reason": "damaged on arrival",
        "items": [{ "sku": "A1", "qty": 1 }],
        "restock": false,
        "created_at": "2026-01-31T09:35:00.000Z",
    })
}

pub(crate) fn refunds() -> Value {
    let mut refund = refund();
    refund["status"] = "SUCCEEDED".into();
    json!({ "refunds": [refund] })
}

pub(crate) fn new_charge() -> Value {
    json!({ "provider": "stripe", "token": "pm_card_visa" })
}

pub(crate) fn charge() -> Value {
    json!({
        "payment_request_id": "ch_0b9a5c7d3e1f42688d6c4b2a19f7e053",
        "status": "PENDING",
        "provider": "stripe",
        "amount": "19.98",
        "currency": "USD",
    })
}
