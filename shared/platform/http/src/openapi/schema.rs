//! Schemas that many components share.

use kernel::is_format_character;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use utoipa::PartialSchema;

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

/// Bounds of a text that a request may introduce ([`kernel::validate_new_text`]).
#[must_use]
pub fn new_text(max: usize) -> Value {
    static PATTERN: LazyLock<String> = LazyLock::new(|| {
        let is_refused = |char: char| char.is_control() || is_format_character(char);
        let inner = class_without(is_refused);
        let outer = class_without(|char| is_refused(char) || char.is_whitespace());
        format!("^{outer}({inner}*{outer})?$")
    });
    json!({ "minLength": 1, "maxLength": max, "pattern": *PATTERN })
}

/// Bounds of a text in a response: it may be older than a rule ([`kernel::validate_stored_text`]).
#[must_use]
pub fn stored_text(max: usize) -> Value {
    static PATTERN: LazyLock<String> = LazyLock::new(|| format!("^{}+$", class_without(char::is_control)));
    json!({ "minLength": 1, "maxLength": max, "pattern": *PATTERN })
}

/// Bounds of a text without control characters and white space.
#[must_use]
pub fn word(max: usize) -> Value {
    static PATTERN: LazyLock<String> =
        LazyLock::new(|| format!("^{}+$", class_without(|char| char.is_control() || char.is_whitespace())));
    json!({ "minLength": 1, "maxLength": max, "pattern": *PATTERN })
}

/// Returns every character of the blocks that contain control characters, format characters or white space.
fn candidates() -> impl Iterator<Item = char> {
    ('\0'..='\u{1ffff}').chain('\u{e0000}'..='\u{e0fff}')
}

/// Returns the class of all characters outside of a set of [`candidates`], in the syntax that regular expressions
/// of all languages share. They share no escape from U+10000 on, so these characters are written as they are.
fn class_without(is_in_set: impl Fn(char) -> bool) -> String {
    let mut ranges: Vec<(char, char)> = Vec::new();
    for char in candidates().filter(|char| is_in_set(*char)) {
        match ranges.last_mut() {
            Some((_, end)) if u32::from(*end) + 1 == u32::from(char) => *end = char,
            _ => ranges.push((char, char)),
        }
    }
    let escape = |char: char| match u32::from(char) {
        code @ ..0x1_0000 => format!("\\u{code:04x}"),
        _ => char.to_string(),
    };
    let written = ranges.into_iter().map(|(start, end)| format!("{}-{}", escape(start), escape(end)));
    format!("[^{}]", written.collect::<String>())
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
            "instance": { "type": "string", "description": "URI reference to the requested resource." },
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
            "required_scopes": {
                "type": "array",
                "items": { "type": "string" },
                "description": "Scopes of which the access token needs one.",
            },
        },
    });
    schema["properties"].as_object_mut().expect("an object").extend(members);
    schema
}

/// Describes the errors of API Gateway itself, which rejects some requests before a function gets them.
pub(super) fn gateway_error() -> Value {
    json!({
        "type": "object",
        "description": "Error of API Gateway, which has a format of its own.",
        "properties": { "message": { "type": ["string", "null"] } },
    })
}

/// Returns the shape of a JSON form, closed and with bounds: it has exactly the members that it names.
///
/// # Panics
///
/// For a bound of a member that the form has not.
#[must_use]
pub fn bounded<T: PartialSchema, const N: usize>(bounds: [(&str, Value); N]) -> Value {
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

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{validate_new_text, validate_stored_text};

    #[test]
    fn the_candidates_are_complete() {
        let is_relevant =
            |char: &char| char.is_control() || is_format_character(*char) || char.is_whitespace();
        let all: Vec<_> = ('\0'..=char::MAX).filter(is_relevant).collect();
        assert_eq!(candidates().filter(is_relevant).collect::<Vec<_>>(), all);
    }

    #[test]
    fn the_patterns_accept_what_the_validators_accept() {
        let validator = |bounds: Value| {
            jsonschema::validator_for(&with_bounds(&json!({ "type": "string" }), &bounds)).expect("a schema")
        };
        let (new, stored) = (validator(new_text(3)), validator(stored_text(3)));
        for char in candidates().chain("aé日😀".chars()) {
            for text in ["", "b"].map(|end| [format!("{char}{end}"), format!("a{char}{end}")]).concat() {
                let value = Value::from(text.as_str());
                assert_eq!(new.is_valid(&value), validate_new_text(&text, 3).is_ok(), "{text:?}");
                assert_eq!(stored.is_valid(&value), validate_stored_text(&text, 3).is_ok(), "{text:?}");
            }
        }
    }
}
