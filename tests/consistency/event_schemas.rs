//! JSON schemas of the events: they reject invalid events, so validation against them is meaningful.

use orders_tests::{event, schema_errors};
use serde_json::{Value, json};

/// The two events of a sample batch.
fn samples() -> Vec<Value> {
    let batch = event("audit-two-events.json");
    let records = batch["Records"].as_array().expect("records");
    let detail = |record: &Value| {
        let body: Value = serde_json::from_str(record["body"].as_str().expect("a body")).expect("JSON");
        body["detail"].clone()
    };
    records.iter().map(detail).collect()
}

#[test]
fn the_sample_events_are_valid() {
    for sample in samples() {
        assert_eq!(schema_errors(&sample), [""; 0]);
    }
}

#[test]
fn an_invalid_event_violates_its_schema() {
    let invalid: &[(&str, Value)] = &[
        ("/specversion", json!("0.3")),
        ("/id", json!("1")),
        ("/source", json!("others")),
        ("/time", json!("yesterday")),
        ("/dataschema", json!("urn:schema:orders:OrderCreated:9")),
        ("/data/previous_status", json!("FULFILLED")),
        ("/data/order/version", json!(0)),
        ("/data/order/status", json!("LOST")),
        ("/data/order/amount_total", json!(19.98)),
        ("/data/order/items", json!([])),
        ("/data/order/items/0/price", json!(9.99)),
        ("/data/order/items/0/qty", json!(0)),
        ("/data/order/currency", json!("dollars")),
    ];
    for sample in samples() {
        for (pointer, value) in invalid {
            let mut event = sample.clone();
            *event.pointer_mut(pointer).expect(pointer) = value.clone();
            assert!(!schema_errors(&event).is_empty(), "{pointer}: {value}");
        }
        for member in ["id", "data", "subject", "time"] {
            let mut event = sample.clone();
            event.as_object_mut().expect("an object").remove(member);
            assert!(!schema_errors(&event).is_empty(), "without {member}");
        }
    }
}
