//! Parameters of requests, and headers of answers.

use crate::schemas::{status, string, text};
use orders_domain::{CustomerId, IdempotencyKey, PageSize};
use serde_json::{Value, json};

/// Every parameter, by the name under which operations refer to it.
pub(crate) fn parameters() -> Value {
    let time = json!({ "type": "string", "format": "date-time" });
    json!({
        "OrderId": {
            "name": "id", "in": "path", "required": true,
            "description": "The order.",
            "schema": { "type": "string", "format": "uuid" },
        },
        "File": { "name": "file", "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } },
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": true,
            "description": "Of the caller's choice, and the same with every retry. Bare, or as a quoted string.",
            "schema": key(),
        },
        "OptionalIdempotencyKey": {
            "name": "Idempotency-Key", "in": "header",
            "description": "With one, a repetition gets the answer that was lost.",
            "schema": key(),
        },
        "IfMatch": {
            "name": "If-Match", "in": "header", "required": true,
            "description": "The version that the caller has seen, as a number or as the ETag.",
            "schema": { "type": "string", "pattern": "^([1-9][0-9]{0,8}|\"[1-9][0-9]{0,8}\")$" },
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header",
            "description": "The ETag that the caller has.",
            "schema": { "type": "string" },
        },
        "CustomerId": query("customer_id", "Only orders of this customer.", &string(&text(CustomerId::MAX_CHARS))),
        "Status": query("status", "Only orders in this status.", &string(&status())),
        "CreatedAfter": query("created_after", "Only orders created later, to the millisecond.", &time),
        "CreatedBefore": query("created_before", "Only orders created earlier, to the millisecond.", &time),
        "Limit": query("limit", "How many orders at most.", &json!({
            "type": "integer", "minimum": 1, "maximum": PageSize::MAX, "default": PageSize::default().get(),
        })),
        "Cursor": query("cursor", "`next_cursor` of a page with the same filters.", &string(&json!({
            "pattern": "^[A-Za-z0-9_-]{44}$",
        }))),
    })
}

fn query(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

/// Visible ASCII. A quote at the front makes it a quoted string, which has rules of its own.
fn key() -> Value {
    string(&json!({ "minLength": 1, "maxLength": IdempotencyKey::MAX_CHARS, "pattern": "^[!#-~][!-~]*$" }))
}

/// Every header, by the name under which answers refer to it.
pub(crate) fn headers() -> Value {
    let header = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "ETag": header("The version of the order, in quotes."),
        "Location": header("Where the order is."),
        "IdempotentReplayed": header("`true` when the answer was given before."),
        "Link": header("The next page, `rel=\"next\"` (RFC 8288); absent on the last."),
        "RetryAfter": header("When to come back, in seconds."),
        "CacheControl": header("What may be kept (RFC 9111)."),
        "XRequestId": header("The caller's name for the request if it is sane, or ours."),
    })
}

/// References to headers of an answer, by their names on the wire.
pub(crate) fn header_references(names: &[&str]) -> Value {
    let references = names.iter().map(|name| {
        let key = name.replace('-', "");
        ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{key}") }))
    });
    Value::Object(references.collect())
}
