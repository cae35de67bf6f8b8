//! Sample subscriber: it recognises duplicates, and reports only the messages that failed.

use orders_tests::{Fault, FaultProxy, System, TestServers, event, fresh_key};
use serde_json::{Value, json};

/// Returns a sample batch with an order id that no other test uses.
fn batch(file: &str, order: &str) -> Value {
    let text = event(file).to_string().replace("019c1363-49c0-7101-8101-010101010101", order);
    serde_json::from_str(&text).expect("JSON")
}

fn failures(result: &Value) -> Vec<&str> {
    let failures = result["batchItemFailures"].as_array().expect("a list");
    failures.iter().map(|failure| failure["itemIdentifier"].as_str().expect("an id")).collect()
}

/// Returns the number of log lines of audited messages that are, or are not, duplicates.
fn audited_count(duplicate: bool) -> usize {
    let log = std::fs::read_to_string(orders_tests::log_file("audit")).expect("a log");
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["message"] == "audited" && line["duplicate"] == duplicate).count()
}

#[tokio::test]
async fn every_event_is_stored_once_and_only_failed_messages_are_reported() {
    let servers = TestServers::shared();
    let aws = FaultProxy::aws(&servers.aws_endpoint_url);
    let system = System::builder().aws_endpoint_url(aws.aws_endpoint_url()).start();
    let (audit, order) = (system.function("audit"), fresh_key());
    let (two, mixed) =
        (batch("audit-two-events.json", &order), batch("audit-duplicate-and-unreadable.json", &order));

    aws.fail_all(Fault::Refuse);
    let result = audit.invoke(two.clone()).await.expect("a result");
    assert_eq!(
        failures(&result),
        ["message-1", "message-2"],
        "nothing is lost while the table is unavailable"
    );
    aws.clear_faults();

    let result = audit.invoke(two).await.expect("a result");
    assert_eq!(failures(&result), [""; 0]);
    assert_eq!((audited_count(false), audited_count(true)), (2, 0));

    let result = audit.invoke(mixed).await.expect("a result");
    assert_eq!(failures(&result), ["message-3"], "only the invalid message");
    assert_eq!((audited_count(false), audited_count(true)), (2, 3));

    let result = audit.invoke(json!({"Records": []})).await.expect("a result");
    assert_eq!(failures(&result), [""; 0]);
}
