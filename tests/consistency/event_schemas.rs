//! The schemas of the events refuse what is no event, so that holding events against them means
//! something.

use orders_tests::{event, schema_faults};
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
fn the_sample_events_keep_their_schemas() {
    for sample in samples() {
        assert_eq!(schema_faults(&sample), [""; 0]);
    }
}

#[test]
fn what_is_broken_breaks_the_schema() {
    let broken: &[(&str, Value)] = &[
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
        for (pointer, value) in broken {
            let mut event = sample.clone();
            *event.pointer_mut(pointer).expect(pointer) = value.clone();
            assert!(!schema_faults(&event).is_empty(), "{pointer}: {value}");
        }
        for member in ["id", "data", "subject", "time"] {
            let mut event = sample.clone();
            event.as_object_mut().expect("an object").remove(member);
            assert!(!schema_faults(&event).is_empty(), "without {member}");
        }
    }
}
