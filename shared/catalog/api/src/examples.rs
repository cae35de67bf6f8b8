//! Examples for the OpenAPI document. Tests send each of them.

use serde_json::{Value, json};

pub(crate) fn new_product() -> Value {
    json!({
        "sku": "TEA-EARL-GREY", "name": "Earl Grey, 100 g", "price": "6.90", "currency": "EUR", "low_stock_at": 5,
    })
}

pub(crate) fn product() -> Value {
    json!({
        "sku": "TEA-EARL-GREY",
        "version": 1,
        "name": "Earl Grey, 100 g",
        "price": "6.90",
        "currency": "EUR",
        "active": true,
        "low_stock_at": 5,
        "oversell_limit": 0,
        "created_at": "2026-01-31T09:30:00.000Z",
        "updated_at": "2026-01-31T09:30:00.000Z",
    })
}

/// The same product as `GET` returns it after [`adjustment`].
pub(crate) fn stocked_product() -> Value {
    let mut product = product();
    product["availability"] = "in_stock".into();
    product["stock"] = stock();
    product
}

pub(crate) fn edit() -> Value {
    json!({ "price": "7.20" })
}

/// The same product after [`edit`].
pub(crate) fn edited_product() -> Value {
    let mut product = product();
    product["version"] = 2.into();
    product["price"] = "7.20".into();
    product
}

pub(crate) fn adjustment() -> Value {
    json!({ "delta": 20, "reason": "received" })
}

pub(crate) fn movement() -> Value {
    json!({
        "movement_id": "019c1363-49c0-7101-8101-010101010101",
        "sku": "TEA-EARL-GREY",
        "delta": 20,
        "reason": "received",
        "created_at": "2026-01-31T09:30:00.000Z",
    })
}

fn stock() -> Value {
    json!({ "on_hand": 20, "available": 20, "reserved": 0, "committed": 0 })
}

pub(crate) fn stock_page() -> Value {
    json!({ "sku": "TEA-EARL-GREY", "stock": stock(), "movements": [movement()] })
}
