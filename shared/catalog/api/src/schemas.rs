//! Schemas and parameters of the catalog: shapes from the JSON forms, bounds from the domain.

use catalog_domain::{Availability, MovementReason, ProductName, ProductSku, Stock, Units};
use catalog_json::{MovementJson, ProductJson, ProductPageJson, StockJson, StockPageJson};
use kernel::{Currency, PageSize};
use platform_http::openapi::{
    Components, bounded, new_text, query_parameter, reference, stored_text, string, with_bounds,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const PRICE: &str = r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?$";
const SKU: &str = "^[A-Za-z0-9._-]+$";
const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

/// Returns the components of the document that the catalog needs.
#[must_use]
pub fn components() -> Components {
    Components {
        schemas: named([
            ("Product", product()),
            ("ProductPage", bounded::<ProductPageJson, 1>([("items", json!({ "maxItems": PageSize::MAX }))])),
            ("Stock", stock()),
            ("StockPage", stock_page()),
            ("Movement", movement()),
            ("NewProduct", new_product()),
            ("ProductEdit", product_edit()),
            ("StockAdjustment", adjustment()),
        ]),
        problem_members: named([("available", json!({ "type": "integer" }))]),
        parameters: named([
            (
                "Sku",
                json!({
                    "name": "sku", "in": "path", "required": true,
                    "description": "Stock keeping unit.",
                    "schema": string(&sku()),
                }),
            ),
            (
                "Active",
                query_parameter(
                    "active",
                    "Products that can be ordered, or not.",
                    &json!({ "type": "boolean" }),
                ),
            ),
            (
                "CatalogCursor",
                query_parameter(
                    "cursor",
                    "`next_cursor` of a page with the same filters.",
                    &string(&json!({ "pattern": "^[A-Za-z0-9_-]{24,120}$" })),
                ),
            ),
        ]),
    }
}

fn named<const N: usize>(values: [(&str, Value); N]) -> Map<String, Value> {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn sku() -> Value {
    json!({ "pattern": SKU, "minLength": 1, "maxLength": ProductSku::MAX_CHARS })
}

fn units() -> Value {
    json!({ "minimum": 0, "maximum": Units::MAX })
}

fn product() -> Value {
    let availability =
        [Availability::InStock, Availability::Low, Availability::Out].map(Availability::as_str);
    bounded::<ProductJson, 10>([
        ("sku", sku()),
        ("version", json!({ "minimum": 1 })),
        ("name", stored_text(ProductName::MAX_CHARS)),
        ("price", json!({ "pattern": PRICE })),
        // A product keeps its currency after the code has left ISO 4217.
        ("currency", json!({ "pattern": "^[A-Z]{3}$" })),
        ("low_stock_at", units()),
        ("oversell_limit", units()),
        ("availability", json!({ "enum": availability })),
        ("created_at", json!({ "format": "date-time" })),
        ("updated_at", json!({ "format": "date-time" })),
    ])
}

fn stock() -> Value {
    bounded::<StockJson, 4>([
        ("on_hand", json!({})),
        ("available", json!({})),
        ("reserved", json!({ "minimum": 0 })),
        ("committed", json!({ "minimum": 0 })),
    ])
}

fn stock_page() -> Value {
    bounded::<StockPageJson, 2>([("sku", sku()), ("movements", json!({ "maxItems": PageSize::MAX }))])
}

fn movement() -> Value {
    bounded::<MovementJson, 6>([
        ("movement_id", json!({ "format": "uuid", "pattern": UUID })),
        ("sku", sku()),
        ("delta", delta()),
        ("set", units()),
        ("reason", stored_text(MovementReason::MAX_CHARS)),
        ("created_at", json!({ "format": "date-time" })),
    ])
}

fn delta() -> Value {
    json!({ "minimum": -i64::from(Units::MAX), "maximum": Units::MAX, "not": { "const": 0 } })
}

fn integer(bounds: &Value) -> Value {
    with_bounds(&json!({ "type": "integer" }), bounds)
}

fn price() -> Value {
    string(&json!({
        "pattern": PRICE,
        "description": "String, never a number, with at most the decimals of the currency.",
    }))
}

fn new_product() -> Value {
    let currencies: BTreeSet<_> = Currency::all().map(|currency| currency.to_string()).collect();
    json!({
        "type": "object",
        "description": "Product to create.",
        "required": ["sku", "name", "price", "currency"],
        "additionalProperties": false,
        "properties": {
            "sku": string(&sku()),
            "name": string(&new_text(ProductName::MAX_CHARS)),
            "price": price(),
            "currency": string(&json!({ "enum": currencies })),
            "active": { "type": "boolean", "default": true },
            "metadata": reference("Metadata"),
            "low_stock_at": integer(&units()),
            "oversell_limit": with_bounds(&integer(&units()), &json!({ "default": 0 })),
        },
    })
}

fn product_edit() -> Value {
    json!({
        "type": "object",
        "description": "Members to change; null removes metadata and `low_stock_at`.",
        "minProperties": 1,
        "additionalProperties": false,
        "properties": {
            "name": string(&new_text(ProductName::MAX_CHARS)),
            "price": price(),
            "active": { "type": "boolean" },
            "metadata": { "oneOf": [reference("Metadata"), { "type": "null" }] },
            "low_stock_at": { "oneOf": [integer(&units()), { "type": "null" }] },
            "oversell_limit": integer(&units()),
        },
    })
}

fn adjustment() -> Value {
    let seen = json!({ "minimum": -i64::from(Units::MAX), "maximum": Stock::MAX_SELLABLE });
    let reason = string(&new_text(MovementReason::MAX_CHARS));
    json!({
        "description": "A difference, or a number that applies if the available units are still those that you have seen.",
        "oneOf": [
            {
                "type": "object",
                "required": ["delta", "reason"],
                "additionalProperties": false,
                "properties": { "delta": integer(&delta()), "reason": reason },
            },
            {
                "type": "object",
                "required": ["set", "if_available", "reason"],
                "additionalProperties": false,
                "properties": { "set": integer(&units()), "if_available": integer(&seen), "reason": reason },
            },
        ],
    })
}
