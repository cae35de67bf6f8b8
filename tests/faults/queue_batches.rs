//! Batches of a queue that the emulator does not make: large ones, with messages that come twice and late.

use crate::proxied;
use orders_tests::{RecordedRequest, event, fresh_key};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// A batch of messages with these ids and bodies, as Lambda takes them from a queue.
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
async fn a_batch_of_a_hundred_with_repeated_and_late_messages_is_kept_once() {
    // The emulator has no batch of more than 10, and delivers in order and once.
    let (_mongo, aws, system) = proxied();
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
    let answer = audit.invoke(first.clone()).await.expect("an answer");
    assert_eq!(answer["batchItemFailures"], json!([]));

    // Once more as a whole, since the deletion of the messages was lost, and with the late one.
    let mut again = first;
    again["Records"][0]["body"] = late.into();
    let answer = audit.invoke(again).await.expect("an answer");
    assert_eq!(answer["batchItemFailures"], json!([]));

    let put = |request: &RecordedRequest| request.body["Item"]["event_id"]["S"].as_str().map(str::to_owned);
    let ids: BTreeSet<_> = aws.recorded().iter().filter_map(put).collect();
    assert_eq!((aws.count("PutItem"), ids.len()), (200, 80), "one item for each event");
}
