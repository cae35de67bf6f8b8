//! Least privilege, checked on the wire: a function performs exactly the AWS actions that the templates
//! allow it.

use crate::template::{all_functions, list, text};
use http::Method;
use mongodb::bson::{DateTime, doc};
use orders_tests::{
    Api, AuthenticatedMongo, FaultProxy, GOOD_ORDER, IdempotencyTable, PAYMENT_ACCOUNTS_PREFIX,
    PaymentEndpoint, RecordedRequest, RotatingSecret, StubProvider, System, TestServers, accepted_message,
    event, eventually, fresh_key,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PASSWORD: &str = "first";
/// Secret of the requests from CloudFront, as JSON.
const ORIGIN_SECRET: &str = "\"from CloudFront\"";

/// Returns the actions that the templates allow a function, without the prefix of the service.
fn allowed_actions(binary: &str) -> BTreeSet<String> {
    let functions = all_functions();
    let function = functions.iter().find(|function| function.binary == binary).expect("the function");
    function
        .statements()
        .flat_map(|statement| list(&statement["Action"]))
        .map(|action| text(action).split_once(':').expect("service:action").1.to_owned())
        .collect()
}

/// System with one active function, and the requests that this function sends to AWS.
struct ObservedSystem {
    aws: FaultProxy,
    system: System,
}

impl ObservedSystem {
    fn start(secret: &RotatingSecret, origin: &RotatingSecret, database: &str) -> Self {
        let aws = FaultProxy::aws(&TestServers::shared().aws_endpoint_url);
        let system = System::builder()
            .without_mongo_uri()
            .env("MONGO_SECRET_ARN", &secret.arn)
            .env("MONGO_DB", database)
            .env("CURSOR_KEY_ARN", &secret.arn)
            .env("ORIGIN_SECRET_ARN", &origin.arn)
            .env("RATE_LIMIT_PER_MINUTE", "1000")
            .env("SCREENING_REVIEW_ORDERS_PER_HOUR", "400")
            .aws_endpoint_url(aws.aws_endpoint_url())
            .start();
        Self { aws, system }
    }

    fn api(&self) -> Api {
        self.system.api().with_header("x-origin-secret", ORIGIN_SECRET)
    }

    async fn assert_performs_allowed_actions(&self, binary: &str) {
        let allowed = allowed_actions(binary);
        let performed = || -> BTreeSet<_> { self.aws.recorded().iter().flat_map(actions_of).collect() };
        // Events are published after the response.
        eventually(&format!("{binary} performs {allowed:?}"), async || {
            performed().is_superset(&allowed).then_some(())
        })
        .await;
        assert_eq!(performed(), allowed, "{binary}");
    }
}

/// Returns the actions of a request. A transaction needs the permission of each action in it (Amazon DynamoDB developer
/// guide, "IAM with transactions").
fn actions_of(request: &RecordedRequest) -> Vec<String> {
    if request.operation != "TransactWriteItems" {
        return vec![request.operation.clone()];
    }
    let items = request.body["TransactItems"].as_array().expect("items");
    let kind = |item: &Value| item.as_object().and_then(|item| item.keys().next()).expect("a kind").clone();
    items.iter().map(|item| kind(item) + "Item").collect()
}

/// Creates a product with stock; returns its sku.
async fn product_with_stock(catalog: &Api) -> String {
    let sku = fresh_key();
    let post = async |path: &str, body: Value| {
        let key = fresh_key();
        let headers = [("content-type", "application/json"), ("idempotency-key", &*key)];
        let reply = catalog.send(Method::POST, path, &headers, body.to_string()).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
    };
    post("/products", json!({ "sku": sku, "name": "Tea", "price": "5", "currency": "JPY" })).await;
    post(&format!("/products/{sku}/stock-adjustments"), json!({ "delta": 5, "reason": "received" })).await;
    sku
}

/// Creates an order that takes stock; returns its id.
async fn order_with_stock(catalog: &Api, orders: &Api) -> String {
    let sku = product_with_stock(catalog).await;
    let body = json!({ "customer_id": "c-1", "currency": "JPY", "items": [{ "sku": sku, "qty": 2 }] });
    let order = orders.create(&fresh_key(), &body).await;
    assert_eq!(order.status, 201, "{}", order.body);
    order.order_id()
}

/// Accepts an order with stock and a payment, which is processed later; returns the response.
async fn accept_order(orders: &Api, catalog: &Api) -> Value {
    let sku = product_with_stock(catalog).await;
    let body = json!({
        "customer_id": "c-1", "currency": "JPY", "items": [{ "sku": sku, "qty": 2, "expected_price": "5" }],
        "payment": { "provider": "standard", "token": "tok_1" },
    });
    let key = fresh_key();
    let accepted = orders.order_later(&key, &body).await;
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    let mut accepted = accepted.json();
    accepted["claim"] = format!("default#{key}").into();
    accepted
}

/// Accepts an order that nobody decides, and that has to be sent again.
async fn leave_undecided(orders: &Api, catalog: &Api) {
    let accepted = accept_order(orders, catalog).await;
    let claim = accepted["claim"].as_str().expect("a claim");
    assert!(IdempotencyTable::connect().make_due(claim.trim_start_matches("default#")).await);
}

/// Serves the routes without data.
async fn serve_public_routes(start: impl Fn() -> ObservedSystem) {
    let docs = start();
    assert_eq!(docs.api().get("/docs").await.status, 200);
    docs.assert_performs_allowed_actions("docs").await;

    let fallback = start();
    assert_eq!(fallback.api().send(Method::GET, "/nowhere", &[], "").await.status, 404);
    fallback.assert_performs_allowed_actions("fallback").await;
}

/// Decides an accepted order, tells its status, and keeps the status of another one.
async fn process_later(start: impl Fn() -> ObservedSystem, accepted: &Value) {
    process_orders(start(), accepted).await;
    let status = start();
    let url = accepted["status_url"].as_str().expect("a reference");
    assert_eq!(status.api().get(url).await.json()["status"], "CREATED");
    status.assert_performs_allowed_actions("order-status").await;
    let track = start();
    track.system.function("track-orders").invoke(event("track-orders.json")).await.expect("a result");
    track.assert_performs_allowed_actions("track-orders").await;
}

/// Decides an accepted order, with screening.
async fn process_orders(observed: ObservedSystem, accepted: &Value) {
    let text = |name: &str| accepted[name].as_str().expect("a text");
    let message = accepted_message(text("claim").trim_start_matches("default#"), text("order_id"));
    assert_eq!(observed.system.process(&[message]).await, [""; 0]);
    observed.assert_performs_allowed_actions("process-orders").await;
}

/// Pays an order, and sends a notification about an order that nobody has.
async fn pay(api: &Api, id: &str) {
    let endpoint = PaymentEndpoint::create("default", "standard").await;
    let paid = endpoint.about_payment("captured", &fresh_key(), id, 1998).to_string();
    assert_eq!(endpoint.send(api, paid).await.status, 204);
    let mut unmatched = endpoint.about_payment("captured", &fresh_key(), "nobody", 1998);
    unmatched["timestamp"] = "2026-01-31T09:31:00Z".into();
    assert_eq!(endpoint.send(api, unmatched.to_string()).await.status, 204);
}

/// Asks a provider for a refund, which it refuses.
async fn call_provider(observed: ObservedSystem) {
    let provider = StubProvider::start().await;
    provider.create_account(PAYMENT_ACCOUNTS_PREFIX, "default", "sk_test_1").await;
    provider.will_respond(404, &json!({ "title": "Payment not found", "reason": "payment_not_found" }));
    let result = observed.system.function("call-provider").invoke(event("call-provider.json")).await;
    assert_eq!(result.expect("a result")["batchItemFailures"], json!([]));
    observed.assert_performs_allowed_actions("call-provider").await;
}

/// Records an answer about an order, and one about an order that nobody has.
async fn record_facts(observed: ObservedSystem, id: &str) {
    let nobody = event("record-payment-facts.json");
    let mut somebody = nobody.clone();
    let body = nobody["Records"][0]["body"].as_str().expect("a body");
    let mut fact: Value = serde_json::from_str(body).expect("JSON");
    fact["order_id"] = id.into();
    somebody["Records"][0]["body"] = fact.to_string().into();
    for batch in [nobody, somebody] {
        let result = observed.system.function("record-payment-facts").invoke(batch).await.expect("a result");
        assert_eq!(result["batchItemFailures"], json!([]));
    }
    observed.assert_performs_allowed_actions("record-payment-facts").await;
}

/// Starts the workflow of an order, and runs steps of it.
async fn follow(start: ObservedSystem, step: ObservedSystem) {
    start.system.function("start-workflow").invoke(event("start-workflow.json")).await.expect("a result");
    start.assert_performs_allowed_actions("start-workflow").await;
    for file in ["workflow-step-read.json", "workflow-step-request-fulfilment.json"] {
        step.system.function("workflow-step").invoke(event(file)).await.expect("an outcome");
    }
    step.assert_performs_allowed_actions("workflow-step").await;
}

/// Returns the update after which the bus has rejected an event of the order five times.
fn rejected_five_times() -> mongodb::bson::Document {
    doc! { "$set": {
        "outbox": [{ "version": 2_i64 }],
        "outbox_rejections": { "version": 2_i64, "count": 5_i64 },
        "outbox_due_at": DateTime::now(),
        "outbox_since": DateTime::now(),
    } }
}

/// Sets a time of orders to the present.
async fn make_due(orders: &mongodb::Collection<mongodb::bson::Document>, due: [(&String, &str); 2]) {
    for (id, field) in due {
        let now = doc! { "$set": { field: DateTime::now() } };
        orders.update_one(doc! { "_id": id }, now).await.expect("an order");
    }
}

/// Refunds an order whose money came by other means, and one whose money a provider has.
async fn refund_both(api: &Api, by_hand: &str, by_provider: &str) {
    for (id, body) in
        [(by_hand, json!({ "reason": "late", "restock": true })), (by_provider, json!({ "reason": "late" }))]
    {
        let (refunds, key) = (format!("/orders/{id}/refunds"), fresh_key());
        let headers = [("content-type", "application/json"), ("idempotency-key", &*key)];
        let refunded = api.send(Method::POST, &refunds, &headers, body.to_string()).await;
        assert_eq!(refunded.status, 201, "{}", refunded.body);
    }
}

#[tokio::test]
async fn every_function_performs_exactly_the_aws_actions_that_it_is_allowed() {
    let mongo = AuthenticatedMongo::with_password(PASSWORD);
    let secret = RotatingSecret::create(&mongo.secret(PASSWORD)).await;
    let origin = RotatingSecret::create(&json!("from CloudFront")).await;
    let database = format!("test-{}", fresh_key());
    let start = || ObservedSystem::start(&secret, &origin, &database);

    let migrate = start();
    migrate.system.migrate().await;
    migrate.assert_performs_allowed_actions("migrate").await;

    let write = start();
    let product = json!({ "sku": fresh_key(), "name": "Tea", "price": "5", "currency": "JPY" });
    let key = fresh_key();
    let headers = [("content-type", "application/json"), ("idempotency-key", &*key), ("if-match", "1")];
    let product_path = format!("/products/{}", product["sku"].as_str().expect("a sku"));
    let created = write.api().send(Method::POST, "/products", &headers, product.to_string()).await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(write.api().send(Method::DELETE, &product_path, &headers[2..], "").await.status, 204);
    write.assert_performs_allowed_actions("write-products").await;

    let create = start();
    let key = fresh_key();
    let id = create.api().create(&key, &GOOD_ORDER).await.order_id();
    assert_eq!(create.api().create(&key, &GOOD_ORDER).await.status, 201);
    let unknown =
        json!({ "customer_id": "c-1", "currency": "JPY", "items": [{ "sku": fresh_key(), "qty": 1 }] });
    assert_eq!(create.api().create(&fresh_key(), &unknown).await.status, 422);
    let [stocked, unpaid] = [
        order_with_stock(&write.api(), &create.api()).await,
        order_with_stock(&write.api(), &create.api()).await,
    ];
    let accepted = accept_order(&create.api(), &write.api()).await;
    create.assert_performs_allowed_actions("create-order").await;

    process_later(start, &accepted).await;

    let patch = start();
    assert_eq!(patch.api().change(&stocked, 1, "CANCELLED", &[]).await.status, 200);
    patch.assert_performs_allowed_actions("patch-order").await;

    let receive = start();
    pay(&receive.api(), &id).await;
    receive.assert_performs_allowed_actions("receive-payment").await;

    call_provider(start()).await;
    record_facts(start(), &id).await;

    let refund = start();
    let paid = order_with_stock(&write.api(), &create.api()).await;
    assert_eq!(patch.api().change(&paid, 1, "PAID", &[]).await.status, 200);
    refund_both(&refund.api(), &paid, &id).await;
    refund.assert_performs_allowed_actions("order-payments").await;

    let sweep = start();
    leave_undecided(&create.api(), &write.api()).await;
    let orders =
        mongo.client(PASSWORD).await.database(&database).collection::<mongodb::bson::Document>("orders");
    make_due(&orders, [(&unpaid, "stock_held.due_at"), (&id, "payment_tasks.due_at")]).await;
    let report = sweep.system.function("sweep-orders").invoke(json!({})).await.expect("a report");
    let done = ["expired", "settled", "sent", "failed"].map(|member| report[member].clone());
    assert_eq!(done, [1, 1, 1, 0].map(Value::from));
    sweep.assert_performs_allowed_actions("sweep-orders").await;

    let announce = start();
    let function = announce.system.function("announce-catalog");
    function.invoke(event("announce-catalog.json")).await.expect("a result");
    announce.assert_performs_allowed_actions("announce-catalog").await;

    let reconcile = start();
    let report = reconcile.system.function("reconcile-stock").invoke(json!({})).await.expect("a report");
    assert_eq!((&report["drift"], &report["undecided"]), (&json!([]), &json!(0)));
    reconcile.assert_performs_allowed_actions("reconcile-stock").await;

    let list = start();
    assert_eq!(list.api().get("/orders").await.status, 200);
    list.assert_performs_allowed_actions("list-orders").await;

    let get = start();
    assert_eq!(get.api().order(&id).await.status, 200);
    get.assert_performs_allowed_actions("get-order").await;

    let read = start();
    assert_eq!(read.api().get(&product_path).await.status, 200);
    read.assert_performs_allowed_actions("read-products").await;

    let health = start();
    assert_eq!(health.api().get("/health").await.status, 200);
    health.assert_performs_allowed_actions("health").await;

    serve_public_routes(start).await;

    let login = start();
    let headers = [("content-type", "application/json")];
    let nobody = json!({ "username": format!("user-{}", fresh_key()), "password": "wrong" }).to_string();
    assert_eq!(login.api().send(Method::POST, "/login", &headers, nobody).await.status, 401);
    login.assert_performs_allowed_actions("login").await;

    let claims = start();
    claims.system.function("token-claims").invoke(event("pre-token-machine.json")).await.expect("a response");
    claims.assert_performs_allowed_actions("token-claims").await;

    let audit = start();
    audit.system.function("audit").invoke(event("audit-two-events.json")).await.expect("a result");
    audit.assert_performs_allowed_actions("audit").await;

    follow(start(), start()).await;

    // The relay: the bus has rejected the event five times, and rejects it once more.
    let relay = start();
    relay.aws.reject_every(1);
    let pending = rejected_five_times();
    orders.update_one(doc! { "_id": &stocked }, pending).await.expect("an order");
    let report = relay.system.function("relay").invoke(json!({})).await.expect("a report");
    assert_eq!(report["dead"], 1, "{report}");
    relay.aws.reject_every(0);
    let report = relay.system.function("relay").invoke(json!({ "redrive": true })).await.expect("a report");
    assert!(report["redriven"].as_u64() >= Some(1), "{report}");
    relay.assert_performs_allowed_actions("relay").await;
}
