//! Queues, bus and relay schedule in the templates.

use crate::template::{list, of_type, root, template, text};
use orders_tests::repository;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use workflow_domain::{Operation, Standing};

#[test]
fn queues_are_encrypted_and_every_dead_letter_queue_has_an_alarm() {
    let (root, audit) = (root(), template("infra/audit.yaml"));
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
        "TrackingDeadLetters",
        "UnmatchedPayments",
    ];
    assert_eq!(dead_letter_queues(&root), of_root.map(|id| format!("{id}.QueueName")).into());
    assert_eq!(dead_letter_queues(&audit), ["AuditDeadLetters.QueueName".to_owned()].into());
    assert_eq!(audit["Outputs"]["DeadLettersName"]["Value"], "AuditDeadLetters.QueueName");
    let watched = &root["Resources"]["Observability"]["Properties"]["Parameters"];
    for queue in of_root.into_iter().chain(["AcceptedOrders", "PaymentFacts", "PaymentRequests"]) {
        assert_eq!(watched[format!("{queue}Name")], format!("{queue}.QueueName"));
    }
    assert_eq!(watched["AuditDeadLettersName"], "Audit.Outputs.DeadLettersName");
    let (_, rule) = of_type(&audit, "AWS::Events::Rule").next().expect("a rule");
    assert_eq!(rule["Properties"]["Targets"][0]["DeadLetterConfig"]["Arn"], "AuditDeadLetters.Arn");

    let workflow = template("infra/workflow.yaml");
    assert_eq!(dead_letter_queues(&workflow), ["WorkflowDeadLetters.QueueName".to_owned()].into());
    let (_, rule) = of_type(&workflow, "AWS::Events::Rule").next().expect("a rule");
    assert_eq!(rule["Properties"]["Targets"][0]["DeadLetterConfig"]["Arn"], "WorkflowDeadLetters.Arn");
    let watched: BTreeSet<_> = of_type(&workflow, "AWS::CloudWatch::Alarm")
        .filter_map(|(_, alarm)| alarm["Properties"]["Dimensions"][0]["Value"].as_str().map(str::to_owned))
        .collect();
    let queues = ["WorkflowDeadLetters.QueueName", "WorkflowQueue.QueueName"];
    assert_eq!(watched, queues.map(str::to_owned).into());
}

#[test]
fn the_workflow_starts_once_for_each_new_order_and_logs_no_data() {
    let workflow = template("infra/workflow.yaml");
    let resources = &workflow["Resources"];
    let pattern = &resources["WorkflowRule"]["Properties"]["EventPattern"];
    assert_eq!(*pattern, json!({ "source": ["orders"], "detail-type": ["OrderCreated"] }));
    let source = &resources["StartWorkflow"]["Properties"]["Events"]["Orders"]["Properties"];
    assert_eq!(source["Queue"], "WorkflowQueue.Arn");
    assert_eq!(source["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    let timeout = workflow["Globals"]["Function"]["Timeout"].as_u64().expect("a timeout");
    assert_eq!(resources["WorkflowQueue"]["Properties"]["VisibilityTimeout"], 6 * timeout);
    let machine = &resources["StateMachine"]["Properties"];
    // Only a standard workflow refuses a second execution of a name.
    assert_eq!(machine["Type"], "STANDARD");
    assert_eq!(machine["Logging"]["IncludeExecutionData"], false);
    let definition = std::fs::read_to_string(repository().join("infra/workflow.asl.json")).expect("a file");
    let definition: Value = serde_json::from_str(&definition).expect("JSON");
    for (name, state) in definition["States"].as_object().expect("states") {
        let Some(operation) = state["Parameters"]["Payload"].get("operation") else { continue };
        let operation: Operation = text(operation).parse().expect(name);
        let timeout_of_task = state["TimeoutSeconds"].as_u64().expect("a timeout");
        assert!(timeout_of_task > timeout, "{name}: {operation:?} ends before its task");
    }
    let known: BTreeSet<_> = Standing::ALL.map(Standing::as_str).into();
    for choice in definition["States"].as_object().expect("states").values() {
        for rule in list(&choice["Choices"]) {
            assert!(known.contains(text(&rule["StringEquals"])), "{rule}");
        }
    }
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
    assert_eq!(archive["Properties"]["EventPattern"]["source"], json!(["orders", "catalog", "workflow"]));
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
