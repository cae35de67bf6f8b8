//! The sample subscriber: duplicates are recognised, and only what failed is reported.

use orders_tests::{Fault, FaultProxy, Servers, System, event, fresh_key};
use serde_json::{Value, json};

/// A sample batch, about an order that no other test has.
fn batch(file: &str, order: &str) -> Value {
    let text = event(file).to_string().replace("019c1363-49c0-7101-8101-010101010101", order);
    serde_json::from_str(&text).expect("JSON")
}

fn failures(answer: &Value) -> Vec<&str> {
    let failures = answer["batchItemFailures"].as_array().expect("a list");
    failures.iter().map(|failure| failure["itemIdentifier"].as_str().expect("an id")).collect()
}

/// How often a line of the audit's log about a message says that it was a duplicate, or not.
fn audited(duplicate: bool) -> usize {
    let log = std::fs::read_to_string(orders_tests::log_file("audit")).expect("a log");
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["message"] == "audited" && line["duplicate"] == duplicate).count()
}

#[tokio::test]
async fn every_event_is_kept_once_and_what_fails_is_reported_by_itself() {
    let servers = Servers::shared();
    let aws = FaultProxy::aws(&servers.aws_endpoint_url);
    let system = System::builder().aws_endpoint_url(aws.aws_endpoint_url()).start();
    let (audit, order) = (system.function("audit"), fresh_key());
    let (two, mixed) =
        (batch("audit-two-events.json", &order), batch("audit-duplicate-and-unreadable.json", &order));

    aws.fail_all(Fault::Refuse);
    let answer = audit.invoke(two.clone()).await.expect("an answer");
    assert_eq!(failures(&answer), ["message-1", "message-2"], "nothing is lost while the table is away");
    aws.clear_faults();

    let answer = audit.invoke(two).await.expect("an answer");
    assert_eq!(failures(&answer), [""; 0]);
    assert_eq!((audited(false), audited(true)), (2, 0));

    let answer = audit.invoke(mixed).await.expect("an answer");
    assert_eq!(failures(&answer), ["message-3"], "only the one that is no event");
    assert_eq!((audited(false), audited(true)), (2, 3));

    let answer = audit.invoke(json!({"Records": []})).await.expect("an answer");
    assert_eq!(failures(&answer), [""; 0]);
}
