//! Batches of a queue that the emulator never produces: large, with repeated and late messages.

use crate::proxied_system;
use orders_tests::{Fault, RecordedRequest, event, fresh_key};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// Lambda event with messages of these ids and bodies.
fn batch_of(messages: impl Iterator<Item = (String, String)>) -> Value {
    let sample = event("audit-two-events.json")["Records"][0].clone();
    let records = messages.map(|(id, body)| {
        let mut record = sample.clone();
        record["messageId"] = id.into();
        record["body"] = body.into();
        record
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

#[tokio::test]
async fn a_batch_of_a_hundred_repeated_and_late_messages_is_stored_once() {
    // The emulator delivers at most 10 messages in a batch, in order and once.
    let (_mongo, aws, system) = proxied_system();
    let system = system.timeout(Duration::from_secs(30)).start();
    let audit = system.function("audit");
    let events: Vec<_> = (0..40)
        .flat_map(|_| {
            let two = event("audit-two-events.json").to_string();
            let two = two.replace("019c1363-49c0-7101-8101-010101010101", &fresh_key());
            let two: Value = serde_json::from_str(&two).expect("JSON");
            // The second of the two comes first.
            [1, 0].map(|n| two["Records"][n]["body"].as_str().expect("a body").to_owned())
        })
        .collect();
    let late = events[0].clone();
    let first = events[1..].iter().chain(&events[1..22]).cloned();
    let first = batch_of((0..).map(|n| format!("message-{n}")).zip(first));
    assert_eq!(first["Records"].as_array().map(Vec::len), Some(100));
    let result = audit.invoke(first.clone()).await.expect("a result");
    assert_eq!(result["batchItemFailures"], json!([]));

    // The whole batch again, as if the deletion of the messages was lost, with the late message.
    let mut again = first;
    again["Records"][0]["body"] = late.into();
    let result = audit.invoke(again).await.expect("a result");
    assert_eq!(result["batchItemFailures"], json!([]));

    let put = |request: &RecordedRequest| request.body["Item"]["event_id"]["S"].as_str().map(str::to_owned);
    let ids: BTreeSet<_> = aws.recorded().iter().filter_map(put).collect();
    assert_eq!((aws.count("PutItem"), ids.len()), (200, 80), "one item for each event");
}

#[tokio::test]
async fn a_batch_without_enough_time_reports_the_messages_that_are_not_stored() {
    // Without a response, the queue would redeliver all messages, and send stored ones to the dead-letter queue.
    let (_mongo, aws, system) = proxied_system();
    let system = system.timeout(Duration::from_secs(6)).start();
    let audit = system.function("audit");
    let bodies = (0..6).map(|_| {
        let two = event("audit-two-events.json").to_string();
        let two = two.replace("019c1363-49c0-7101-8101-010101010101", &fresh_key());
        let two: Value = serde_json::from_str(&two).expect("JSON");
        two["Records"][0]["body"].as_str().expect("a body").to_owned()
    });
    let batch = batch_of((0..).map(|n| format!("message-{n}")).zip(bodies));
    aws.fail_all_of("PutItem", Fault::Hang);
    let result = audit.invoke(batch.clone()).await.expect("a result within the time of the invocation");
    assert_eq!(result["batchItemFailures"].as_array().map(Vec::len), Some(6), "{result}");
    aws.clear_faults();
    let result = audit.invoke(batch).await.expect("a result");
    assert_eq!(result["batchItemFailures"], json!([]));
}
