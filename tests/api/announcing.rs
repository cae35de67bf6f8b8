//! Events of the catalog: announced from the stream of the table, each record until the bus has accepted it.

use orders_tests::{Fault, FaultProxy, System, TestServers, event, schema_errors};
use serde_json::{Value, json};

/// Returns the details of the events that a bus was asked to accept.
fn announced(aws: &FaultProxy) -> Vec<Value> {
    let recorded = aws.recorded();
    let calls = recorded.iter().filter(|request| request.operation == "PutEvents");
    let entries = calls.flat_map(|request| request.body["Entries"].as_array().expect("entries").clone());
    let read = |entry: Value| {
        let detail: Value = serde_json::from_str(entry["Detail"].as_str().expect("a detail")).expect("JSON");
        assert_eq!((&entry["Source"], &entry["DetailType"]), (&json!("catalog"), &detail["type"]));
        assert_eq!(schema_errors(&detail), [""; 0], "{detail}");
        detail
    };
    entries.map(read).collect()
}

fn failures(result: &Value) -> Vec<&str> {
    let failures = result["batchItemFailures"].as_array().expect("a list");
    failures.iter().map(|failure| failure["itemIdentifier"].as_str().expect("an id")).collect()
}

#[tokio::test]
async fn every_change_is_announced_that_buyers_see() {
    let aws = FaultProxy::aws(&TestServers::shared().aws_endpoint_url);
    let system = System::builder().aws_endpoint_url(aws.aws_endpoint_url()).start();
    let result = system.function("announce-catalog").invoke(event("announce-catalog.json")).await;
    assert_eq!(failures(&result.expect("a result")), [""; 0]);
    let events = announced(&aws);
    let ids: Vec<_> = events.iter().map(|event| [&event["type"], &event["id"]]).collect();
    assert_eq!(
        json!(ids),
        json!([
            ["ProductChanged", "tea-1:2"],
            ["StockLow", "tea-1:stock:8"],
            ["StockOut", "tea-1:stock:10"],
            ["StockBack", "tea-1:stock:11"],
        ])
    );
    for event in &events {
        assert_eq!((&event["source"], &event["tenant"]), (&json!("catalog/acme"), &json!("acme")));
        assert_eq!(event["subject"], "tea-1");
    }
    assert_eq!(events[0]["data"]["product"]["price"], "6.90");
    assert_eq!(events[0]["time"], "2026-01-31T09:30:00.000Z");
    let low = json!({ "sku": "tea-1", "seq": 8, "availability": "low", "available": 5, "low_stock_at": 5, "oversell_limit": 0 });
    assert_eq!((&events[1]["data"]["stock"], &events[1]["time"]), (&low, &json!("2026-01-31T09:30:01.000Z")));
}

#[tokio::test]
async fn a_record_that_is_not_announced_is_delivered_again_with_all_that_follow() {
    let aws = FaultProxy::aws(&TestServers::shared().aws_endpoint_url);
    let system = System::builder().aws_endpoint_url(aws.aws_endpoint_url()).start();
    let announce = system.function("announce-catalog");
    let sample = event("announce-catalog.json");
    let number =
        |index: usize| sample["Records"][index]["dynamodb"]["SequenceNumber"].as_str().expect("a number");

    aws.fail_all(Fault::Refuse);
    let result = announce.invoke(sample.clone()).await.expect("a result");
    assert_eq!(failures(&result), [number(0)], "nothing is lost while the bus is unavailable");
    aws.clear_faults();

    aws.reject_every(1);
    let result = announce.invoke(sample.clone()).await.expect("a result");
    assert_eq!(failures(&result), [number(0)], "a rejected event is not lost");
    aws.reject_every(0);

    let mut unreadable = sample.clone();
    unreadable["Records"][3]["dynamodb"]["NewImage"]["sellable"] = json!({ "S": "many" });
    let before = announced(&aws).len();
    let result = announce.invoke(unreadable).await.expect("a result");
    assert_eq!(failures(&result), [number(3)], "only what is before it was announced");
    assert_eq!(announced(&aws).len() - before, 2);
}

#[tokio::test]
async fn other_items_and_stocks_that_are_not_for_sale_are_not_announced() {
    let aws = FaultProxy::aws(&TestServers::shared().aws_endpoint_url);
    let system = System::builder().aws_endpoint_url(aws.aws_endpoint_url()).start();
    let mut sample = event("announce-catalog.json");
    let records = sample["Records"].as_array_mut().expect("records");
    records.truncate(3);
    let image =
        |record: &mut Value, name: &str, sk: &str| record["dynamodb"][name]["sk"] = json!({ "S": sk });
    image(&mut records[0], "NewImage", "movement#1");
    records[1]["dynamodb"]["NewImage"]["is_for_sale"] = json!({ "BOOL": false });
    records[2]["dynamodb"].as_object_mut().expect("an object").remove("NewImage");
    let result = system.function("announce-catalog").invoke(sample).await.expect("a result");
    assert_eq!((failures(&result), announced(&aws)), (vec![], vec![]));
}
