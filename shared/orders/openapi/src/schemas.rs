//! What bodies look like: the shapes from the wire types, the bounds from the domain.

use orders_domain::{Currency, CustomerId, NewOrder, Quantity, Sku, Status};
use orders_json::{ItemJson, OrderJson, PageJson};
use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

/// Money: a decimal in plain notation, at most ten digits before the point and four behind.
const AMOUNT: &str = r"^(0|[1-9][0-9]*)(\.[0-9]{1,4})?$";
const PRICE: &str = r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?$";
const UUID_V7: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";
/// No control characters (Unicode general category Cc).
const PRINTABLE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// Every schema, by its name.
pub(crate) fn schemas() -> Value {
    let mut item = of::<ItemJson>();
    bound(&mut item, "sku", &text(Sku::MAX_CHARS));
    bound(&mut item, "qty", &quantity());
    bound(&mut item, "price", &json!({ "pattern": PRICE }));
    let mut order = of::<OrderJson>();
    bound(&mut order, "order_id", &json!({ "format": "uuid", "pattern": UUID_V7 }));
    bound(&mut order, "customer_id", &text(CustomerId::MAX_CHARS));
    bound(&mut order, "version", &json!({ "minimum": 1 }));
    bound(&mut order, "status", &status());
    bound(&mut order, "currency", &currency());
    bound(&mut order, "items", &items());
    bound(&mut order, "amount_total", &json!({ "pattern": AMOUNT }));
    bound(&mut order, "created_at", &json!({ "format": "date-time" }));
    bound(&mut order, "updated_at", &json!({ "format": "date-time" }));
    let mut page = of::<PageJson>();
    bound(&mut page, "items", &json!({ "maxItems": orders_domain::PageSize::MAX }));
    json!({
        "Order": order,
        "Item": item,
        "Page": page,
        "NewOrder": new_order(),
        "NewItem": new_item(),
        "StatusChange": status_change(),
        "Health": health(),
        "Problem": problem(),
    })
}

/// The shape of a wire type, closed: it has the members that it names and no others.
fn of<T: PartialSchema>() -> Value {
    let mut schema = serde_json::to_value(T::schema()).expect("a schema is JSON");
    schema["additionalProperties"] = false.into();
    schema
}

/// Adds bounds to a member.
fn bound(schema: &mut Value, member: &str, bounds: &Value) {
    let member = schema["properties"][member].as_object_mut().expect("a member of the type");
    // A number's format says less than its bounds do.
    member.remove("format");
    member.extend(bounds.as_object().expect("bounds").clone());
}

pub(crate) fn text(max: usize) -> Value {
    json!({ "minLength": 1, "maxLength": max, "pattern": PRINTABLE })
}

fn quantity() -> Value {
    json!({ "minimum": 1, "maximum": Quantity::MAX })
}

pub(crate) fn status() -> Value {
    json!({ "enum": Status::ALL.map(Status::as_str) })
}

/// The codes that an order may have: whichever of all three letters the domain takes.
fn currency() -> Value {
    let letters = || 'A'..='Z';
    let codes = letters()
        .flat_map(|a| letters().flat_map(move |b| letters().map(move |c| String::from_iter([a, b, c]))));
    let taken: Vec<_> = codes.filter(|code| code.parse::<Currency>().is_ok()).collect();
    json!({ "enum": taken })
}

fn items() -> Value {
    json!({ "minItems": 1, "maxItems": NewOrder::MAX_ITEMS })
}

fn new_order() -> Value {
    json!({
        "type": "object",
        "description": "What is ordered.",
        "required": ["customer_id", "currency", "items"],
        "additionalProperties": false,
        "properties": {
            "customer_id": string(&text(CustomerId::MAX_CHARS)),
            "currency": string(&currency()),
            "items": with(&json!({ "type": "array", "items": reference("NewItem") }), &items()),
        },
    })
}

fn new_item() -> Value {
    json!({
        "type": "object",
        "required": ["sku", "qty", "price"],
        "additionalProperties": false,
        "properties": {
            "sku": string(&text(Sku::MAX_CHARS)),
            "qty": with(&json!({ "type": "integer" }), &quantity()),
            "price": string(&json!({
                "pattern": PRICE,
                "description": "A string, never a number; no more decimals than the currency has.",
            })),
        },
    })
}

fn status_change() -> Value {
    json!({
        "type": "object",
        "description": "Where the order shall go: from CREATED to PAID or CANCELLED, from PAID to FULFILLED or \
            CANCELLED.",
        "required": ["status"],
        "additionalProperties": false,
        "properties": { "status": string(&status()) },
    })
}

fn health() -> Value {
    json!({
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": { "type": "string", "enum": ["ok", "degraded"] },
            "mongo": { "type": "string", "enum": ["ok", "fail"] },
            "dynamodb": { "type": "string", "enum": ["ok", "fail"] },
        },
    })
}

fn problem() -> Value {
    json!({
        "type": "object",
        "description": "Problem Details (RFC 9457).",
        "required": ["type", "title", "status", "detail", "instance", "trace_id"],
        "properties": {
            "type": { "type": "string", "format": "uri" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "instance": { "type": "string", "description": "The path of the request." },
            "trace_id": { "type": "string", "description": "Finds the request in the log." },
            "errors": { "type": "array", "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": { "type": "string", "description": "A JSON Pointer into the body (RFC 6901)." },
                    "parameter": { "type": "string", "description": "A parameter of the query." },
                    "detail": { "type": "string" },
                },
            } },
            "current_version": { "type": "integer" },
            "current_status": string(&status()),
            "allowed_statuses": { "type": "array", "items": string(&status()) },
        },
    })
}

pub(crate) fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

pub(crate) fn string(bounds: &Value) -> Value {
    with(&json!({ "type": "string" }), bounds)
}

fn with(schema: &Value, more: &Value) -> Value {
    let members = [schema, more].into_iter().flat_map(|part| part.as_object().expect("a schema").clone());
    Value::Object(members.collect::<Map<_, _>>())
}
