//! Validation of events against their published JSON schemas.

use crate::repository;
use jsonschema::Validator;
use serde_json::Value;
use std::sync::LazyLock;

static ORDER_CREATED: LazyLock<Validator> = LazyLock::new(|| validator("order-created.v1.schema.json"));
static ORDER_UPDATED: LazyLock<Validator> = LazyLock::new(|| validator("order-updated.v1.schema.json"));

fn validator(file: &str) -> Validator {
    let path = repository().join("docs/events").join(file);
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).expect(file)).expect(file);
    jsonschema::options().should_validate_formats(true).build(&schema).expect(file)
}

/// Returns the schema violations of an event (the `detail` of EventBridge's envelope).
///
/// # Panics
///
/// When its type has no schema.
#[must_use]
pub fn schema_errors(detail: &Value) -> Vec<String> {
    let validator = match detail["type"].as_str() {
        Some("OrderCreated") => &ORDER_CREATED,
        Some("OrderUpdated") => &ORDER_UPDATED,
        other => panic!("no schema for {other:?}"),
    };
    validator.iter_errors(detail).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
