//! Queues, bus and relay schedule in the templates.

use crate::template::{of_type, root, template};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn queues_are_encrypted_and_every_dead_letter_queue_has_an_alarm() {
    let (root, audit, tracking) = (root(), template("infra/audit.yaml"), template("infra/tracking.yaml"));
    // A queue without a dead-letter queue is a dead-letter queue itself.
    let dead_letter_queues = |template: &Value| -> BTreeSet<_> {
        of_type(template, "AWS::SQS::Queue")
            .inspect(|(id, queue)| assert_eq!(queue["Properties"]["SqsManagedSseEnabled"], true, "{id}"))
            .filter(|(_, queue)| queue["Properties"].get("RedrivePolicy").is_none())
            .map(|(id, _)| format!("{id}.QueueName"))
            .collect()
    };
    let of_root = [
        "AcceptedOrdersDeadLetters",
        "AnnouncementsDeadLetters",
        "EventsDeadLetters",
        "PaymentFactsDeadLetters",
        "PaymentRequestsDeadLetters",
        "UnmatchedPayments",
    ];
    assert_eq!(dead_letter_queues(&root), of_root.map(|id| format!("{id}.QueueName")).into());
    assert_eq!(dead_letter_queues(&audit), ["AuditDeadLetters.QueueName".to_owned()].into());
    assert_eq!(audit["Outputs"]["DeadLettersName"]["Value"], "AuditDeadLetters.QueueName");
    assert_eq!(dead_letter_queues(&tracking), ["TrackingDeadLetters.QueueName".to_owned()].into());
    assert_eq!(tracking["Outputs"]["DeadLettersName"]["Value"], "TrackingDeadLetters.QueueName");
    let watched = &root["Resources"]["Observability"]["Properties"]["Parameters"];
    for queue in of_root.into_iter().chain(["AcceptedOrders", "PaymentFacts", "PaymentRequests"]) {
        assert_eq!(watched[format!("{queue}Name")], format!("{queue}.QueueName"));
    }
    assert_eq!(watched["AuditDeadLettersName"], "Audit.Outputs.DeadLettersName");
    assert_eq!(watched["TrackingDeadLettersName"], "Tracking.Outputs.DeadLettersName");
    let (_, rule) = of_type(&audit, "AWS::Events::Rule").next().expect("a rule");
    assert_eq!(rule["Properties"]["Targets"][0]["DeadLetterConfig"]["Arn"], "AuditDeadLetters.Arn");
}

#[test]
fn the_queues_of_payments_repeat_a_message_after_its_function_has_ended_and_keep_it_in_the_end() {
    let root = root();
    for (function, event, queue, batch) in [
        ("CallProvider", "Requests", "PaymentRequests", 1),
        ("RecordPaymentFacts", "Facts", "PaymentFacts", 10),
    ] {
        let function = &root["Resources"][function]["Properties"];
        let source = &function["Events"][event]["Properties"];
        assert_eq!(source["Queue"], format!("{queue}.Arn"));
        assert_eq!(source["BatchSize"], batch);
        assert_eq!(source["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
        let properties = &root["Resources"][queue]["Properties"];
        let timeout = function["Timeout"].as_u64().expect("a timeout");
        assert_eq!(properties["VisibilityTimeout"], 6 * timeout, "{queue}");
        let dead_letters = format!("{queue}DeadLetters.Arn");
        let redrive = json!({ "deadLetterTargetArn": dead_letters, "maxReceiveCount": 10 });
        assert_eq!(properties["RedrivePolicy"], redrive);
    }
}

#[test]
fn the_queue_of_accepted_orders_waits_for_a_batch_and_its_function() {
    let root = root();
    let function = &root["Resources"]["ProcessOrders"]["Properties"];
    let source = &function["Events"]["Accepted"]["Properties"];
    assert_eq!((&source["Queue"], &source["BatchSize"]), (&json!("AcceptedOrders.Arn"), &json!(100)));
    assert_eq!(source["ScalingConfig"]["MaximumConcurrency"], 2);
    assert_eq!(source["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    let window = source["MaximumBatchingWindowInSeconds"].as_u64().expect("a window");
    let timeout = function["Timeout"].as_u64().expect("a timeout");
    let queue = &root["Resources"]["AcceptedOrders"]["Properties"];
    assert_eq!(queue["VisibilityTimeout"], 6 * timeout + window);
    let redrive = json!({ "deadLetterTargetArn": "AcceptedOrdersDeadLetters.Arn", "maxReceiveCount": 5 });
    assert_eq!(queue["RedrivePolicy"], redrive);
}

#[test]
fn the_bus_is_archived_and_the_relay_runs_every_minute() {
    let root = root();
    let (_, archive) = of_type(&root, "AWS::Events::Archive").next().expect("an archive");
    assert_eq!(archive["Properties"]["SourceArn"], "OrdersBus.Arn");
    assert_eq!(archive["Properties"]["EventPattern"]["source"], json!(["orders", "catalog"]));
    let relay = &root["Resources"]["Relay"]["Properties"];
    assert_eq!(relay["Events"]["Schedule"]["Type"], "ScheduleV2");
    assert_eq!(relay["Events"]["Schedule"]["Properties"]["ScheduleExpression"], "rate(1 minute)");
}

#[test]
fn every_product_and_stock_is_announced_from_the_stream_of_the_table() {
    let root = root();
    let table = &root["Resources"]["CatalogTable"]["Properties"];
    assert_eq!(table["StreamSpecification"]["StreamViewType"], "NEW_AND_OLD_IMAGES");
    let source = &root["Resources"]["AnnounceCatalog"]["Properties"]["Events"]["Writes"]["Properties"];
    assert_eq!(source["Stream"], "CatalogTable.StreamArn");
    assert_eq!(source["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert_eq!(source["DestinationConfig"]["OnFailure"]["Destination"], "AnnouncementsDeadLetters.Arn");
    let filter = source["FilterCriteria"]["Filters"][0]["Pattern"].as_str().expect("a pattern");
    let filter: Value = serde_json::from_str(filter).expect("JSON");
    // The sort keys of products and stocks, as in catalog-dynamodb.
    assert_eq!(filter["dynamodb"]["Keys"]["sk"]["S"], json!(["product", "stock#0"]));
}
