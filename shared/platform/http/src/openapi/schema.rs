//! Schemas that many components share.

use serde_json::{Map, Value, json};

/// Pattern without control characters (Unicode general category Cc).
const PRINTABLE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// Refers to a schema among the components.
#[must_use]
pub fn reference(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// Describes a string with bounds.
#[must_use]
pub fn string(bounds: &Value) -> Value {
    with_bounds(&json!({ "type": "string" }), bounds)
}

/// Adds the members of `bounds` to a schema.
#[must_use]
pub fn with_bounds(schema: &Value, bounds: &Value) -> Value {
    let members = [schema, bounds].into_iter().filter_map(Value::as_object).flatten();
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

/// Bounds of a text with 1 to `max` characters, none of them a control character.
#[must_use]
pub fn printable_text(max: usize) -> Value {
    json!({ "minLength": 1, "maxLength": max, "pattern": PRINTABLE })
}

/// Describes problems, with the members that only some of them have.
pub(super) fn problem(members: Map<String, Value>) -> Value {
    let mut schema = json!({
        "type": "object",
        "description": "Problem Details (RFC 9457).",
        "required": ["type", "title", "status", "detail", "instance", "trace_id"],
        "properties": {
            "type": { "type": "string", "format": "uri" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "instance": { "type": "string", "description": "Path of the request." },
            "trace_id": { "type": "string", "description": "Id by which support finds the request in the log." },
            "errors": { "type": "array", "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": { "type": "string", "description": "JSON Pointer into the body (RFC 6901)." },
                    "parameter": { "type": "string", "description": "Name of a query parameter." },
                    "detail": { "type": "string" },
                },
            } },
        },
    });
    schema["properties"].as_object_mut().expect("an object").extend(members);
    schema
}
