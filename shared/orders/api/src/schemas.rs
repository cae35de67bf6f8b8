//! Schemas and parameters of the orders: shapes from the JSON form, bounds from the domain.

use crate::problems;
use kernel::Currency;
use orders_domain::{CustomerId, NewOrder, PageSize, Quantity, Sku, Status};
use orders_json::{ItemJson, OrderJson, PageJson};
use platform_http::openapi::{
    Components, new_text, query_parameter, reference, stored_text, string, with_bounds,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use utoipa::PartialSchema;

/// Money in plain notation: at most ten digits before the point in a price, at most four after it.
const AMOUNT: &str = r"^(0|[1-9][0-9]*)(\.[0-9]{1,4})?$";
const PRICE: &str = r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?$";
const UUID_V7: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

/// Returns the components of the document that the orders need.
#[must_use]
pub fn components() -> Components {
    Components {
        schemas: named([
            ("Order", order()),
            ("Item", item()),
            ("Page", page()),
            ("NewOrder", new_order()),
            ("NewItem", new_item()),
            ("StatusChange", status_change()),
        ]),
        problem_members: problems::members(&string(&status())),
        parameters: parameters(),
    }
}

fn named<const N: usize>(values: [(&str, Value); N]) -> Map<String, Value> {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn parameters() -> Map<String, Value> {
    let time = json!({ "type": "string", "format": "date-time" });
    let limit = json!({
        "type": "integer", "minimum": 1, "maximum": PageSize::MAX, "default": PageSize::default().get(),
    });
    let cursor = string(&json!({ "pattern": "^[A-Za-z0-9_-]{44}$" }));
    named([
        (
            "OrderId",
            json!({
                "name": "id", "in": "path", "required": true,
                "description": "Id of the order.",
                "schema": { "type": "string", "format": "uuid" },
            }),
        ),
        (
            "CustomerId",
            query_parameter(
                "customer_id",
                "Orders of this customer.",
                &string(&stored_text(CustomerId::MAX_CHARS)),
            ),
        ),
        ("Status", query_parameter("status", "Orders with this status.", &string(&status()))),
        ("CreatedAfter", query_parameter("created_after", "Orders created later.", &time)),
        ("CreatedBefore", query_parameter("created_before", "Orders created earlier.", &time)),
        ("Limit", query_parameter("limit", "Maximum number of orders.", &limit)),
        ("Cursor", query_parameter("cursor", "`next_cursor` of a page with the same filters.", &cursor)),
    ])
}

fn order() -> Value {
    bounded::<OrderJson, 9>([
        ("order_id", json!({ "format": "uuid", "pattern": UUID_V7 })),
        ("customer_id", stored_text(CustomerId::MAX_CHARS)),
        ("version", json!({ "minimum": 1 })),
        ("status", status()),
        // An order keeps its currency after the code has left ISO 4217.
        ("currency", json!({ "pattern": "^[A-Z]{3}$" })),
        ("items", items()),
        ("amount_total", json!({ "pattern": AMOUNT })),
        ("created_at", json!({ "format": "date-time" })),
        ("updated_at", json!({ "format": "date-time" })),
    ])
}

fn item() -> Value {
    bounded::<ItemJson, 3>([
        ("sku", stored_text(Sku::MAX_CHARS)),
        ("qty", quantity()),
        ("price", json!({ "pattern": PRICE })),
    ])
}

fn page() -> Value {
    bounded::<PageJson, 2>([
        ("items", json!({ "maxItems": PageSize::MAX })),
        ("unreadable", json!({ "maxItems": PageSize::MAX })),
    ])
}

/// Returns the shape of a JSON form, closed and with bounds: it has exactly the members that it names.
fn bounded<T: PartialSchema, const N: usize>(bounds: [(&str, Value); N]) -> Value {
    let mut schema = serde_json::to_value(T::schema()).expect("a schema is JSON");
    schema["additionalProperties"] = false.into();
    for (name, bounds) in bounds {
        let member = schema["properties"][name].as_object_mut().expect("a member of the form");
        // The bounds of a number say more than its format.
        member.remove("format");
        member.extend(bounds.as_object().expect("bounds").clone());
    }
    schema
}

fn new_order() -> Value {
    json!({
        "type": "object",
        "description": "Order to create.",
        "required": ["customer_id", "currency", "items"],
        "additionalProperties": false,
        "properties": {
            "customer_id": string(&new_text(CustomerId::MAX_CHARS)),
            "currency": string(&json!({ "enum": currencies() })),
            "items": with_bounds(&json!({ "type": "array", "items": reference("NewItem") }), &items()),
        },
    })
}

fn new_item() -> Value {
    json!({
        "type": "object",
        "required": ["sku", "qty", "price"],
        "additionalProperties": false,
        "properties": {
            "sku": string(&new_text(Sku::MAX_CHARS)),
            "qty": with_bounds(&json!({ "type": "integer" }), &quantity()),
            "price": string(&json!({
                "pattern": PRICE,
                "description": "String, never a number, with at most the decimals of the currency.",
            })),
        },
    })
}

fn status_change() -> Value {
    json!({
        "type": "object",
        "description": "New status: PAID or CANCELLED after CREATED, FULFILLED or CANCELLED after PAID.",
        "required": ["status"],
        "additionalProperties": false,
        "properties": { "status": string(&status()) },
    })
}

fn quantity() -> Value {
    json!({ "minimum": 1, "maximum": Quantity::MAX })
}

fn status() -> Value {
    json!({ "enum": Status::ALL.map(Status::as_str) })
}

/// Returns the codes that a new order can have, in alphabetical order.
fn currencies() -> BTreeSet<String> {
    Currency::all().map(|currency| currency.to_string()).collect()
}

fn items() -> Value {
    json!({ "minItems": 1, "maxItems": NewOrder::MAX_ITEMS })
}
