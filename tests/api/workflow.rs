//! Functions of the workflow: one starts it once for each order, the other reads, cancels and announces.

use aws_sdk_sfn::Client;
use mongodb::bson::{DateTime, Document, doc};
use orders_tests::{
    Api, Fault, FaultProxy, GOOD_ORDER, OwnCatalog, System, TestServers, event, fresh_key, schema_errors,
};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// Due time of the order in the sample batch.
const DUE: &str = "2099-01-31T10:00:00.000Z";

/// Returns a sample batch with another order.
fn batch(order: &str) -> Value {
    let text =
        event("start-workflow.json").to_string().replace("019c1363-49c0-7101-8101-010101010101", order);
    serde_json::from_str(&text).expect("JSON")
}

fn failures(result: &Value) -> usize {
    result["batchItemFailures"].as_array().expect("a list").len()
}

#[tokio::test]
async fn the_event_of_an_order_starts_one_execution_without_personal_data() {
    let servers = TestServers::shared();
    let aws = FaultProxy::aws(&servers.aws_endpoint_url);
    let system = System::builder().aws_endpoint_url(aws.aws_endpoint_url()).start();
    let (start, order) = (system.function("start-workflow"), fresh_key());

    aws.fail_all(Fault::Refuse);
    assert_eq!(failures(&start.invoke(batch(&order)).await.expect("a result")), 1, "nothing is lost");
    aws.clear_faults();
    for _ in 0..2 {
        assert_eq!(failures(&start.invoke(batch(&order)).await.expect("a result")), 0);
    }
    // A lost response: the retry finds the execution.
    let other = fresh_key();
    aws.fail_next("StartExecution", Fault::LoseResponse, 1);
    assert_eq!(failures(&start.invoke(batch(&other)).await.expect("a result")), 0);

    let client = Client::new(&servers.sdk_config());
    for order in [order, other] {
        let arn = format!("{}:{order}", servers.state_machine_arn.replace(":stateMachine:", ":execution:"));
        let execution = client.describe_execution().execution_arn(arn).send().await.expect("an execution");
        let input: Value = serde_json::from_str(execution.input().expect("an input")).expect("JSON");
        let expected = json!({ "tenant": "acme", "order_id": order, "standing": "UNPAID", "check_at": DUE });
        assert_eq!(input, expected);
    }
}

#[tokio::test]
async fn a_message_that_is_no_event_of_an_order_is_reported() {
    let system = System::builder().start();
    let mut batch = batch(&fresh_key());
    let good = batch["Records"][0].clone();
    let mut bad = good.clone();
    (bad["messageId"], bad["body"]) = ("bad".into(), r#"{"detail":{"subject":7}}"#.into());
    batch["Records"] = json!([bad, good]);
    let result = system.function("start-workflow").invoke(batch).await.expect("a result");
    assert_eq!(result, json!({ "batchItemFailures": [{ "itemIdentifier": "bad" }] }));
}

/// Shop with a product, whose orders have to be paid within an hour.
struct Shop {
    system: System,
    api: Api,
    sku: String,
}

impl Shop {
    async fn open() -> Self {
        let catalog = OwnCatalog::create().await;
        let system =
            System::builder().env("CATALOG_TABLE", catalog.table()).env("PAYMENT_WINDOW_S", "3600").start();
        system.migrate().await;
        let (api, sku) = (system.api(), fresh_key());
        let shop = Self { system, api, sku };
        shop.post("/products", json!({ "sku": shop.sku, "name": "Tea", "price": "5", "currency": "JPY" }))
            .await;
        let received = json!({ "delta": 1000, "reason": "received" });
        shop.post(&format!("/products/{}/stock-adjustments", shop.sku), received).await;
        shop
    }

    async fn post(&self, path: &str, body: Value) {
        let key = fresh_key();
        let headers = [("content-type", "application/json"), ("idempotency-key", &*key)];
        let reply = self.api.send(http::Method::POST, path, &headers, body.to_string()).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
    }

    /// Creates an order, which holds stock. Returns its id.
    async fn order(&self) -> String {
        let body =
            json!({ "customer_id": "c-1", "currency": "JPY", "items": [{ "sku": self.sku, "qty": 1 }] });
        self.api.create(&fresh_key(), &body).await.order_id()
    }

    async fn set(&self, order: &str, changes: Document) {
        let orders = self.system.orders().await;
        let updated = orders.update_one(doc! { "_id": order }, doc! { "$set": changes }).await;
        assert_eq!(updated.expect("a response").modified_count, 1);
    }

    async fn step(&self, operation: &str, order: &str) -> Value {
        let result = self.system.function("workflow-step").invoke(step(operation, "default", order)).await;
        result.expect("an outcome")
    }

    async fn standing(&self, operation: &str, order: &str) -> String {
        self.step(operation, order).await["standing"].as_str().expect("a standing").to_owned()
    }
}

fn step(operation: &str, tenant: &str, order: &str) -> Value {
    json!({ "operation": operation, "tenant": tenant, "order_id": order, "entered_at": "2026-01-31T10:00:00.123Z" })
}

#[tokio::test]
async fn an_order_is_cancelled_once_and_only_when_its_payment_is_overdue() {
    let shop = Shop::open().await;
    let order = shop.order().await;
    let due = shop.api.order(&order).await.json()["payment_due_at"].clone();
    for operation in ["read", "cancel"] {
        let outcome = shop.step(operation, &order).await;
        let expected =
            json!({ "tenant": "default", "order_id": order, "standing": "UNPAID", "check_at": due });
        assert_eq!(outcome, expected, "{operation} before the payment is due");
    }
    shop.set(&order, doc! { "stock_held.due_at": DateTime::now() }).await;
    assert_eq!(shop.standing("read", &order).await, "OVERDUE");
    for _ in 0..2 {
        assert_eq!(shop.standing("cancel", &order).await, "CANCELLED");
    }
    let cancelled = shop.api.order(&order).await.json();
    assert_eq!((&cancelled["version"], &cancelled["cancel_reason"]), (&json!(2), &json!("expired")));

    let paid = shop.order().await;
    shop.set(&paid, doc! { "stock_held.due_at": DateTime::now() }).await;
    assert_eq!(shop.api.change(&paid, 1, "PAID", &[]).await.status, 200);
    for operation in ["read", "cancel"] {
        assert_eq!(shop.standing(operation, &paid).await, "PAID", "the payment came first");
    }
    assert_eq!(shop.api.change(&paid, 2, "FULFILLED", &[]).await.status, 200);
    assert_eq!(shop.standing("cancel", &paid).await, "FULFILLED");
}

#[tokio::test]
async fn sweeper_and_workflow_cancel_an_order_once() {
    let shop = Shop::open().await;
    for _ in 0..10 {
        let order = shop.order().await;
        shop.set(&order, doc! { "stock_held.due_at": DateTime::now() }).await;
        let sweep = shop.system.function("sweep-orders");
        let (report, standing) = tokio::join!(sweep.invoke(json!({})), shop.standing("cancel", &order));
        assert_eq!(report.expect("a report")["failed"], 0);
        assert_eq!(standing, "CANCELLED");
        let cancelled = shop.api.order(&order).await.json();
        assert_eq!((&cancelled["version"], &cancelled["cancel_reason"]), (&json!(2), &json!("expired")));
    }
}

#[tokio::test]
async fn an_order_that_is_never_due_is_looked_at_again_and_abandoned_after_a_month() {
    let shop = Shop::open().await;
    let order = shop.api.create(&fresh_key(), &GOOD_ORDER).await.order_id();
    let outcome = shop.step("cancel", &order).await;
    assert_eq!(outcome["standing"], "UNPAID", "nobody has agreed on a time");
    let created: String = shop.api.order(&order).await.json()["created_at"].as_str().expect("a time").into();
    assert!(outcome["check_at"].as_str().expect("a time") > created.as_str(), "{outcome}");
    let ago = SystemTime::now().checked_sub(Duration::from_hours(31 * 24)).expect("a time");
    shop.set(&order, doc! { "created_at": DateTime::from_system_time(ago) }).await;
    assert_eq!(shop.standing("read", &order).await, "ABANDONED");
    assert_eq!(shop.api.order(&order).await.json()["status"], "CREATED", "nothing is changed");
}

#[tokio::test]
async fn an_order_that_can_not_be_decided_on_is_left_alone() {
    let shop = Shop::open().await;
    let (order, nobody) = (shop.order().await, "019c1363-49c0-7101-8101-010101010101");
    let function = shop.system.function("workflow-step");
    for operation in ["read", "cancel"] {
        assert_eq!(shop.standing(operation, nobody).await, "MISSING");
        let of_other = function.invoke(step(operation, "other", &order)).await.expect("an outcome");
        assert_eq!(of_other["standing"], "MISSING", "the order of another tenant");
        assert_eq!(shop.standing(operation, "not-a-uuid").await, "UNREADABLE");
    }
    let held = doc! { "kind": "status", "version": 2_i64, "status": "ON_HOLD", "at": DateTime::now() };
    shop.set(&order, doc! { "status": "ON_HOLD", "version": 2_i64, "history.1": held }).await;
    let outcome = shop.step("cancel", &order).await;
    assert_eq!(outcome["standing"], "UNKNOWN");
    assert!(outcome["check_at"].as_str().expect("a time") > "2026-01-31", "{outcome}");
    shop.set(&order, doc! { "currency": 7 }).await;
    assert_eq!(shop.standing("read", &order).await, "UNREADABLE");
}

#[tokio::test]
async fn an_announcement_has_one_id_however_often_it_is_repeated() {
    let aws = FaultProxy::aws(&TestServers::shared().aws_endpoint_url);
    let system = System::builder()
        .aws_endpoint_url(aws.aws_endpoint_url())
        .env("FULFILMENT_WINDOW_S", "60")
        .env("REMINDER_WINDOW_S", "30")
        .start();
    let (function, order) = (system.function("workflow-step"), "019c1363-49c0-7101-8101-010101010101");
    for (operation, id, fulfil_by) in [
        ("request_fulfilment", "fulfilment-requested", Some("2026-01-31T10:01:00.123Z")),
        ("remind", "fulfilment-reminder", Some("2026-01-31T10:00:30.123Z")),
        ("escalate", "fulfilment-escalated", None),
    ] {
        aws.clear_recorded();
        let request = step(operation, "acme", order);
        aws.fail_all_of("PutEvents", Fault::Refuse);
        let error = function.invoke(request.clone()).await.expect_err("the bus is down");
        assert!(error.to_string().contains("could not be published"), "{error}");
        aws.clear_faults();
        for _ in 0..2 {
            let outcome = function.invoke(request.clone()).await.expect("an outcome");
            assert_eq!(outcome["standing"], "ANNOUNCED");
            assert_eq!(outcome["check_at"], fulfil_by.unwrap_or("2026-01-31T10:00:00.123Z"));
        }
        let published = aws.recorded();
        let details: Vec<Value> = published
            .iter()
            .filter(|request| request.operation == "PutEvents")
            .map(|request| request.body["Entries"][0]["Detail"].as_str().expect("a detail"))
            .map(|detail| serde_json::from_str(detail).expect("JSON"))
            .collect();
        assert!(details.len() >= 2, "{details:?}");
        for detail in &details {
            assert_eq!(schema_errors(detail), [""; 0]);
            assert_eq!(detail, &details[0], "a retry publishes the same");
        }
        assert_eq!(details[0]["id"], format!("{order}:{id}"));
        assert_eq!((&details[0]["tenant"], &details[0]["source"]), (&json!("acme"), &json!("workflow")));
        assert_eq!(details[0]["data"]["fulfil_by"].as_str(), fulfil_by);
    }
}

#[tokio::test]
async fn a_step_fails_while_the_database_is_down_and_for_a_malformed_request() {
    let mongo = FaultProxy::mongo(&TestServers::shared().mongo_uri);
    let system = System::builder().mongo_uri(mongo.mongo_uri()).start();
    let function = system.function("workflow-step");
    let read = step("read", "default", "019c1363-49c0-7101-8101-010101010101");
    mongo.fail_all(Fault::Refuse);
    let error = function.invoke(read.clone()).await.expect_err("the database is down");
    assert!(error.to_string().contains("could not be read"), "{error}");
    mongo.clear_faults();
    assert_eq!(function.invoke(read).await.expect("an outcome")["standing"], "MISSING");
    for (operation, tenant) in [("delete", "default"), ("read", "ACME 770077")] {
        let error = function.invoke(step(operation, tenant, "1")).await.expect_err("malformed");
        assert!(!error.to_string().contains("770077"), "{error}");
    }
}
