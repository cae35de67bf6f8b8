//! JSON schemas of the events: they reject invalid events, so validation against them is meaningful.

use orders_tests::{event, repository, schema_errors};
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

/// The examples of the `AsyncAPI` document, of each type.
fn examples() -> Vec<Value> {
    let path = repository().join("docs/events/asyncapi.yaml");
    let text = std::fs::read_to_string(path).expect("the document");
    let document: Value = serde_saphyr::from_str(&text).expect("YAML");
    let messages = document["components"]["messages"].as_object().expect("messages");
    let examples = messages.iter().flat_map(|(name, message)| {
        let examples = message["examples"].as_array().expect("examples").iter();
        examples.map(move |example| (name, example["payload"].clone()))
    });
    examples
        .inspect(|(name, payload)| assert_eq!(payload["type"], **name))
        .map(|(_, payload)| payload)
        .collect()
}

#[test]
fn the_examples_of_every_type_are_valid() {
    let examples = examples();
    assert_eq!(examples.len(), 10);
    for example in examples {
        assert_eq!(schema_errors(&example), [""; 0], "{example}");
    }
}

fn is_of_catalog(example: &Value) -> bool {
    example["source"].as_str().is_some_and(|source| source.starts_with("catalog/"))
}

#[test]
fn an_invalid_event_of_the_workflow_violates_its_schema() {
    let invalid: &[(&str, Value)] = &[
        ("/id", json!("019c1363-49c0-7101-8101-010101010101:1")),
        ("/source", json!("orders")),
        ("/subject", json!("019C1363")),
        ("/time", json!("yesterday")),
        ("/dataschema", json!("urn:schema:orders:OrderCreated:1")),
        ("/tenant", json!("ACME")),
        ("/data", json!({})),
        ("/data/order_id", json!("1")),
        ("/data/fulfil_by", json!("soon")),
    ];
    let samples: Vec<_> = examples().into_iter().filter(|example| example["source"] == "workflow").collect();
    assert_eq!(samples.len(), 3);
    for sample in samples {
        for (pointer, value) in invalid {
            let mut event = sample.clone();
            let Some(member) = event.pointer_mut(pointer) else {
                assert_eq!((*pointer, &sample["type"]), ("/data/fulfil_by", &json!("FulfilmentEscalated")));
                continue;
            };
            *member = value.clone();
            assert!(!schema_errors(&event).is_empty(), "{pointer}: {value}");
        }
        for member in ["id", "data", "subject", "time", "tenant"] {
            let mut event = sample.clone();
            event.as_object_mut().expect("an object").remove(member);
            assert!(!schema_errors(&event).is_empty(), "without {member}");
        }
    }
}

#[test]
fn an_invalid_event_of_the_catalog_violates_its_schema() {
    let invalid: &[(&str, Value)] = &[
        ("/specversion", json!("0.3")),
        ("/id", json!("tea-1")),
        ("/source", json!("catalog")),
        ("/subject", json!("tea 1")),
        ("/time", json!("yesterday")),
        ("/dataschema", json!("urn:schema:orders:OrderCreated:1")),
        ("/tenant", json!("ACME")),
        ("/data", json!({})),
    ];
    let of_product: &[(&str, Value)] = &[
        ("/data/product/version", json!(0)),
        ("/data/product/price", json!(6.9)),
        ("/data/product/currency", json!("euros")),
        ("/data/product/active", json!("yes")),
    ];
    let of_stock: &[(&str, Value)] = &[
        ("/data/stock/seq", json!(0)),
        ("/data/stock/availability", json!("lost")),
        ("/data/stock/available", json!("0")),
        ("/data/stock/oversell_limit", json!(-1)),
    ];
    for sample in examples().into_iter().filter(is_of_catalog) {
        let others = if sample["type"] == "ProductChanged" { of_product } else { of_stock };
        for (pointer, value) in invalid.iter().chain(others) {
            let mut event = sample.clone();
            *event.pointer_mut(pointer).expect(pointer) = value.clone();
            assert!(!schema_errors(&event).is_empty(), "{pointer}: {value}");
        }
        for member in ["id", "data", "subject", "time", "tenant"] {
            let mut event = sample.clone();
            event.as_object_mut().expect("an object").remove(member);
            assert!(!schema_errors(&event).is_empty(), "without {member}");
        }
    }
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
