//! Schemas and parameters of the orders: shapes from the JSON form, bounds from the domain.

use crate::{payment_schemas, problems};
use kernel::{Country, Currency, Metadata, MetadataName, MetadataValue, PageSize};
use orders_domain::{
    AddressText, CustomerId, Email, ExternalId, ItemName, LineKind, LineLabel, LineReference, NewOrder,
    OrderNumber, PaymentWindow, Phone, PostalCode, Quantity, ReviewDecision, Sku, Sort, Status,
};
use orders_json::{
    AcceptanceJson, AddressJson, ContactJson, HoldJson, ItemJson, LineJson, OrderJson, PENDING, PageJson,
    StatusJson,
};
use platform_http::openapi::{
    Components, bounded, header_parameter, new_text, query_parameter, reference, stored_text, string,
    with_bounds,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Money in plain notation: at most ten digits before the point in a price, at most four after it.
pub(crate) const AMOUNT: &str = r"^(0|[1-9][0-9]*)(\.[0-9]{1,4})?$";
const SIGNED_AMOUNT: &str = r"^-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?$";
pub(crate) const PRICE: &str = r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?$";
/// Shape of an e-mail address (HTML Living Standard, "Valid email address").
const EMAIL: &str = concat!(
    r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?",
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$",
);
/// At least three digits, with signs and inner spaces.
const PHONE: &str = r"^[+./()-]*[0-9]([ +./()-]*[0-9]){2}([ +./()0-9-]*[+./()0-9-])?$";
const UUID_V7: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

/// Returns the components of the document that the orders need.
#[must_use]
pub fn components() -> Components {
    Components {
        schemas: named([
            ("Order", order()),
            ("Item", item()),
            ("Line", line()),
            ("Hold", hold()),
            ("Review", review()),
            ("Payment", payment_schemas::payment()),
            ("NewPayment", payment_schemas::new_payment()),
            ("PaymentRequest", payment_schemas::payment_request()),
            ("NewRefund", payment_schemas::new_refund()),
            ("Refund", payment_schemas::refund()),
            ("RefundedItem", payment_schemas::refunded_item()),
            ("Refunds", payment_schemas::refunds()),
            ("AcceptedOrder", accepted_order()),
            ("OrderStatus", order_status()),
            ("Page", page()),
            ("NewOrder", new_order()),
            ("NewItem", new_item()),
            ("NewLine", new_line()),
            ("Address", address()),
            ("Contact", contact()),
            ("Metadata", metadata()),
            ("NewAddress", new_address()),
            ("NewContact", new_contact()),
            ("OrderChange", order_change()),
        ]),
        problem_members: problems::members(&string(&stored_status()), &string(&status())),
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
    let cursor = string(&json!({ "pattern": "^([A-Za-z0-9_-]{44}|[A-Za-z0-9_-]{55})$" }));
    let sort = string(&json!({
        "enum": [Sort::Created.as_str(), Sort::Updated.as_str()], "default": Sort::default().as_str(),
    }));
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
        (
            "ExternalId",
            query_parameter(
                "external_id",
                "Order with this id in another system.",
                &string(&stored_text(ExternalId::MAX_CHARS)),
            ),
        ),
        ("Status", query_parameter("status", "Orders with this status.", &string(&status()))),
        ("Number", query_parameter("number", "Order with this number.", &string(&number()))),
        (
            "Prefer",
            header_parameter(
                "Prefer",
                "`respond-async` for an order that is processed after a response 202; other preferences are ignored (RFC 7240).",
                &string(&json!({})),
            ),
        ),
        ("Expires", required_query("expires", "End of the status URL.", &json!({ "type": "integer" }))),
        (
            "Key",
            required_query(
                "key",
                "Id of the key that has signed it.",
                &string(&json!({ "pattern": "^[A-Za-z0-9_-]{8}$" })),
            ),
        ),
        (
            "Signature",
            required_query("signature", "Signature.", &string(&json!({ "pattern": "^[A-Za-z0-9_-]{43}$" }))),
        ),
        ("CreatedAfter", query_parameter("created_after", "Orders created later.", &time)),
        ("CreatedBefore", query_parameter("created_before", "Orders created earlier.", &time)),
        (
            "UpdatedAfter",
            query_parameter("updated_after", "Orders changed later. Implies `sort=updated`.", &time),
        ),
        (
            "UpdatedBefore",
            query_parameter("updated_before", "Orders changed earlier. Implies `sort=updated`.", &time),
        ),
        (
            "Sort",
            query_parameter(
                "sort",
                "Sequence: `created`, newest first, or `updated`, oldest change first; the latter without `status`, \
                    `created_after` and `created_before`.",
                &sort,
            ),
        ),
        ("Limit", query_parameter("limit", "Maximum number of orders.", &limit)),
        ("Cursor", query_parameter("cursor", "`next_cursor` of a page with the same filters.", &cursor)),
    ])
}

fn required_query(name: &str, description: &str, schema: &Value) -> Value {
    with_bounds(&query_parameter(name, description, schema), &json!({ "required": true }))
}

fn order() -> Value {
    bounded::<OrderJson, 14>([
        ("order_id", json!({ "format": "uuid", "pattern": UUID_V7 })),
        ("number", number()),
        ("customer_id", stored_text(CustomerId::MAX_CHARS)),
        ("version", json!({ "minimum": 1 })),
        ("status", stored_status()),
        // An order keeps its currency after the code has left ISO 4217.
        ("currency", json!({ "pattern": "^[A-Z]{3}$" })),
        ("items", items()),
        ("lines", json!({ "minItems": 1, "maxItems": NewOrder::MAX_LINES })),
        ("amount_items", json!({ "pattern": AMOUNT })),
        ("amount_total", json!({ "pattern": AMOUNT })),
        ("external_id", stored_text(ExternalId::MAX_CHARS)),
        ("metadata", stored_metadata()),
        ("created_at", json!({ "format": "date-time" })),
        ("updated_at", json!({ "format": "date-time" })),
    ])
}

fn hold() -> Value {
    bounded::<HoldJson, 2>([
        ("reason", json!({ "pattern": "^[a-z_]{1,64}$" })),
        ("until", json!({ "format": "date-time" })),
    ])
}

fn review() -> Value {
    json!({
        "type": "object",
        "description": "Decision about an order on hold.",
        "required": ["decision"],
        "additionalProperties": false,
        "properties": { "decision": string(&json!({ "enum": ReviewDecision::ALL.map(ReviewDecision::as_str) })) },
    })
}

/// Bounds of an order number.
fn number() -> Value {
    let (min, max) = (OrderNumber::MIN_DIGITS, OrderNumber::MAX_DIGITS);
    json!({ "pattern": format!("^A-([0-9]{{{min}}}|[1-9][0-9]{{{min},{}}})$", max - 1) })
}

fn item() -> Value {
    bounded::<ItemJson, 5>([
        ("sku", stored_text(Sku::MAX_CHARS)),
        ("qty", quantity()),
        ("price", json!({ "pattern": PRICE })),
        ("name", stored_text(ItemName::MAX_CHARS)),
        ("product_version", json!({ "minimum": 1 })),
    ])
}

fn line() -> Value {
    bounded::<LineJson, 4>([
        ("kind", line_kind()),
        ("label", stored_text(LineLabel::MAX_CHARS)),
        ("amount", json!({ "pattern": SIGNED_AMOUNT })),
        ("reference", stored_text(LineReference::MAX_CHARS)),
    ])
}

fn address() -> Value {
    bounded::<AddressJson, 9>([
        ("name", stored_text(AddressText::MAX_CHARS)),
        ("company", stored_text(AddressText::MAX_CHARS)),
        ("line1", stored_text(AddressText::MAX_CHARS)),
        ("line2", stored_text(AddressText::MAX_CHARS)),
        ("city", stored_text(AddressText::MAX_CHARS)),
        ("region", stored_text(AddressText::MAX_CHARS)),
        ("postal_code", stored_text(PostalCode::MAX_CHARS)),
        // An address keeps its country after the code has left ISO 3166-1.
        ("country", json!({ "pattern": "^[A-Z]{2}$" })),
        ("phone", stored_text(Phone::MAX_CHARS)),
    ])
}

fn contact() -> Value {
    bounded::<ContactJson, 2>([
        ("email", stored_text(Email::MAX_CHARS)),
        ("phone", stored_text(Phone::MAX_CHARS)),
    ])
}

fn accepted_order() -> Value {
    bounded::<AcceptanceJson, 4>([
        ("order_id", json!({ "format": "uuid", "pattern": UUID_V7 })),
        ("status", json!({ "const": PENDING })),
        ("status_url", json!({ "format": "uri-reference" })),
        ("expires_at", json!({ "format": "date-time" })),
    ])
}

fn order_status() -> Value {
    let known = Status::ALL.map(|status| status.to_string()).join(", ");
    let description =
        format!("{PENDING} until the order is decided, then {known}, or another status of a later release.");
    bounded::<StatusJson, 3>([
        ("order_id", json!({ "format": "uuid", "pattern": UUID_V7 })),
        ("status", json!({ "pattern": "^[A-Z_]{1,32}$", "description": description })),
        ("reason", json!({ "pattern": "^[a-z_]{1,64}$" })),
    ])
}

fn page() -> Value {
    bounded::<PageJson, 2>([
        ("items", json!({ "maxItems": PageSize::MAX })),
        ("unreadable", json!({ "maxItems": PageSize::MAX })),
    ])
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
            "lines": {
                "type": "array",
                "description": "Amounts beside those of the items. The total with them must not be negative.",
                "items": reference("NewLine"),
                "maxItems": NewOrder::MAX_LINES,
            },
            "external_id": string(&new_text(ExternalId::MAX_CHARS)),
            "metadata": reference("Metadata"),
            "shipping_address": reference("NewAddress"),
            "billing_address": reference("NewAddress"),
            "contact": reference("NewContact"),
            "payment_due_in": {
                "type": "integer", "minimum": 0, "maximum": PaymentWindow::MAX_SECONDS,
                "description": "Seconds within which an order with products of the catalog has to be paid, 0 for any time; \
                    requires the scope orders:write. Without it, the deployment decides.",
            },
            "payment": with_bounds(&reference("NewPayment"), &json!({
                "description": "Payment that a provider is asked for once the order exists; only with `Prefer: respond-async`, and with \
                    the scope payments:write or of the buyer.",
            })),
        },
    })
}

fn new_item() -> Value {
    json!({
        "type": "object",
        "description": "With `price`, an item that the caller prices. Without it, a product of the catalog: at its present \
            price, or only at `expected_price`.",
        "required": ["sku", "qty"],
        "not": { "required": ["price", "expected_price"] },
        "additionalProperties": false,
        "properties": {
            "sku": string(&new_text(Sku::MAX_CHARS)),
            "qty": with_bounds(&json!({ "type": "integer" }), &quantity()),
            "price": string(&json!({
                "pattern": PRICE,
                "description": "String, never a number, with at most the decimals of the currency.",
            })),
            "expected_price": string(&json!({
                "pattern": PRICE,
                "description": "Price that the buyer has seen.",
            })),
        },
    })
}

fn new_line() -> Value {
    json!({
        "type": "object",
        "required": ["kind", "label", "amount"],
        "additionalProperties": false,
        "properties": {
            "kind": string(&line_kind()),
            "label": string(&new_text(LineLabel::MAX_CHARS)),
            "amount": string(&json!({
                "pattern": SIGNED_AMOUNT,
                "description": "With at most the decimals of the currency; 0 or less for a discount, 0 or more for \
                    the other kinds.",
            })),
            "reference": string(&new_text(LineReference::MAX_CHARS)),
        },
    })
}

fn new_address() -> Value {
    let text = || string(&new_text(AddressText::MAX_CHARS));
    json!({
        "type": "object",
        "description": "Postal address. Only its shape is checked.",
        "required": ["name", "line1", "city", "country"],
        "additionalProperties": false,
        "properties": {
            "name": text(),
            "company": text(),
            "line1": text(),
            "line2": text(),
            "city": text(),
            "region": text(),
            "postal_code": string(&new_text(PostalCode::MAX_CHARS)),
            "country": string(&json!({ "enum": countries() })),
            "phone": string(&phone()),
        },
    })
}

fn new_contact() -> Value {
    json!({
        "type": "object",
        "required": ["email"],
        "additionalProperties": false,
        "properties": { "email": string(&email()), "phone": string(&phone()) },
    })
}

fn order_change() -> Value {
    json!({
        "type": "object",
        "description": "Either a new status: PAID or CANCELLED after CREATED, FULFILLED or CANCELLED after PAID. Or a \
            correction of personal data or references, in which null removes a value. `restock` belongs to a \
            cancellation: `false` if what the order held does not come back into stock.",
        "minProperties": 1,
        "additionalProperties": false,
        "properties": {
            "status": string(&status()),
            "restock": { "type": "boolean", "default": true },
            "shipping_address": nullable("NewAddress"),
            "billing_address": nullable("NewAddress"),
            "contact": nullable("NewContact"),
            "external_id": with_bounds(&json!({ "type": ["string", "null"] }), &new_text(ExternalId::MAX_CHARS)),
            "metadata": nullable("Metadata"),
        },
        "oneOf": [
            { "required": ["status"], "maxProperties": 1 },
            { "required": ["status", "restock"], "maxProperties": 2, "properties": { "status": { "const": "CANCELLED" } } },
            { "not": { "anyOf": [{ "required": ["status"] }, { "required": ["restock"] }] } },
        ],
    })
}

fn metadata() -> Value {
    json!({
        "type": "object",
        "description": "Texts by name.",
        "minProperties": 1,
        "maxProperties": Metadata::MAX_ENTRIES,
        "propertyNames": new_text(MetadataName::MAX_CHARS),
        "additionalProperties": string(&new_text(MetadataValue::MAX_CHARS)),
    })
}

fn stored_metadata() -> Value {
    json!({
        "minProperties": 1,
        "maxProperties": Metadata::MAX_ENTRIES,
        "propertyNames": stored_text(MetadataName::MAX_CHARS),
        "additionalProperties": string(&stored_text(MetadataValue::MAX_CHARS)),
    })
}

fn nullable(schema: &str) -> Value {
    json!({ "oneOf": [reference(schema), { "type": "null" }] })
}

fn email() -> Value {
    json!({ "minLength": 3, "maxLength": Email::MAX_CHARS, "pattern": EMAIL })
}

fn phone() -> Value {
    json!({ "minLength": 3, "maxLength": Phone::MAX_CHARS, "pattern": PHONE })
}

/// Returns the codes that a new address can have.
fn countries() -> Vec<String> {
    Country::all().map(|country| country.to_string()).collect()
}

fn quantity() -> Value {
    json!({ "minimum": 1, "maximum": Quantity::MAX })
}

fn line_kind() -> Value {
    json!({ "enum": LineKind::ALL.map(LineKind::as_str) })
}

fn status() -> Value {
    json!({ "enum": Status::ALL.map(|status| status.to_string()) })
}

/// Bounds of a status in a response.
fn stored_status() -> Value {
    let known = Status::ALL.map(|status| status.to_string()).join(", ");
    json!({
        "pattern": "^[A-Z_]{1,32}$",
        "description": format!("Status of the order: {known}, or another one of a later release."),
    })
}

/// Returns the codes that a new order can have, in alphabetical order.
fn currencies() -> BTreeSet<String> {
    Currency::all().map(|currency| currency.to_string()).collect()
}

fn items() -> Value {
    json!({ "minItems": 1, "maxItems": NewOrder::MAX_ITEMS })
}
