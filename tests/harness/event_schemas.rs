//! Validation of events against their published JSON schemas.

use crate::repository;
use jsonschema::Validator;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Validators by type of event.
static VALIDATORS: LazyLock<BTreeMap<&str, Validator>> = LazyLock::new(|| {
    let types = [
        ("OrderCreated", "order-created"),
        ("OrderRejected", "order-rejected"),
        ("OrderUpdated", "order-updated"),
        ("ProductChanged", "product-changed"),
        ("StockLow", "stock-low"),
        ("StockOut", "stock-out"),
        ("StockBack", "stock-back"),
        ("FulfilmentRequested", "fulfilment-requested"),
        ("FulfilmentReminder", "fulfilment-reminder"),
        ("FulfilmentEscalated", "fulfilment-escalated"),
    ];
    types.map(|(name, file)| (name, validator(&format!("{file}.v1.schema.json")))).into()
});

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
    let name = detail["type"].as_str().expect("a type");
    let validator = VALIDATORS.get(name).unwrap_or_else(|| panic!("no schema for {name}"));
    validator.iter_errors(detail).map(|error| format!("{}: {error}", error.instance_path())).collect()
}
