//! Reviews of orders on hold over HTTP.

use http::Method;
use mongodb::bson::{DateTime, doc};
use orders_tests::{
    Api, GOOD_ORDER, PaymentEndpoint, Reply, Subscriber, System, accepted_message, fresh_key, schema_errors,
};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime};

/// Total of an order of `GOOD_ORDER`, in cents.
const TOTAL: u64 = 1998;

async fn review(api: &Api, id: &str, version: u64, body: &Value) -> Reply {
    let version = format!("\"{version}\"");
    let headers = [("if-match", version.as_str()), ("content-type", "application/json")];
    api.send(Method::POST, &format!("/orders/{id}/review"), &headers, body.to_string()).await
}

fn approve() -> Value {
    json!({ "decision": "approve" })
}

fn reject() -> Value {
    json!({ "decision": "reject" })
}

/// Puts a new order on hold, as the processing of orders stores it.
async fn held(system: &System, until: SystemTime) -> String {
    let id = system.api().new_order().await.order_id();
    let hold = doc! { "reason": "orders_per_hour", "until": DateTime::from_system_time(until) };
    let (orders, set) = (system.orders().await, doc! { "$set": { "hold": hold } });
    let updated = orders.update_one(doc! { "_id": &id }, set).await.expect("a response");
    assert_eq!(updated.modified_count, 1);
    id
}

fn in_an_hour() -> SystemTime {
    SystemTime::now() + Duration::from_hours(1)
}

#[tokio::test]
async fn an_order_on_hold_is_neither_charged_nor_fulfilled_until_it_is_approved() {
    let (system, subscriber) = (System::builder().start(), Subscriber::shared());
    let (api, id) = (system.api(), held(&system, in_an_hour()).await);
    let hold = api.order(&id).await.json()["hold"].clone();
    assert_eq!(hold["reason"], "orders_per_hour");
    let charge = json!({ "provider": "standard", "token": "tok" }).to_string();
    let key = fresh_key();
    let headers = [("idempotency-key", key.as_str()), ("content-type", "application/json")];
    let path = format!("/orders/{id}/payments");
    let problem = api.send(Method::POST, &path, &headers, charge).await.problem(409, "order-on-hold");
    assert_eq!(problem["until"], hold["until"]);

    // What a provider says is never refused.
    let endpoint = PaymentEndpoint::create("default", "standard").await;
    let captured = endpoint.about_payment("captured", &fresh_key(), &id, TOTAL).to_string();
    assert_eq!(endpoint.send(&api, captured).await.status, 204);
    let paid = api.order(&id).await.json();
    assert_eq!((&paid["status"], &paid["hold"]), (&json!("PAID"), &hold));
    let problem = api.change(&id, 2, "FULFILLED", &[]).await.problem(409, "order-on-hold");
    assert_eq!(problem["until"], hold["until"]);

    let _ = review(&api, &id, 1, &approve()).await.problem(409, "version-conflict");
    let approved = review(&api, &id, 2, &approve()).await;
    assert_eq!((approved.status, approved.header("etag")), (200, Some("\"3\"")), "{}", approved.body);
    assert_eq!(approved.json()["hold"], Value::Null);
    assert_eq!(approved.header("idempotent-replayed"), None);
    for version in [2, 3] {
        let again = review(&api, &id, version, &approve()).await;
        assert_eq!((again.status, &again.body), (200, &approved.body));
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        let _ = review(&api, &id, version, &reject()).await.problem(409, "order-not-on-hold");
    }
    assert_eq!(api.change(&id, 3, "FULFILLED", &[]).await.status, 200);

    let events = subscriber.wait_for(&id, 4).await;
    let mut events: Vec<_> = events.iter().map(|event| event["detail"].clone()).collect();
    events.sort_by_key(|event| event["data"]["order"]["version"].as_u64());
    for event in &events {
        assert_eq!(schema_errors(event), [""; 0], "{event}");
    }
    assert_eq!(
        (&events[1]["data"]["order"]["hold"], &events[2]["data"]["order"]["hold"]),
        (&hold, &Value::Null)
    );
    assert_eq!(events[2]["data"]["changed"], json!(["hold"]));
}

#[tokio::test]
async fn a_rejected_order_is_cancelled() {
    let system = System::builder().start();
    let (api, id) = (system.api(), held(&system, in_an_hour()).await);
    let rejected = review(&api, &id, 1, &reject()).await;
    let body = rejected.json();
    assert_eq!((&body["status"], &body["cancel_reason"]), (&json!("CANCELLED"), &json!("fraud")));
    assert_eq!(body["hold"], Value::Null);
    assert_eq!(review(&api, &id, 1, &reject()).await.body, rejected.body);
    let _ = review(&api, &id, 1, &approve()).await.problem(409, "order-not-on-hold");
}

#[tokio::test]
async fn a_client_can_cancel_an_order_on_hold_and_nobody_reviews_another_one() {
    let system = System::builder().start();
    let (api, id) = (system.api(), held(&system, in_an_hour()).await);
    let cancelled = api.change(&id, 1, "CANCELLED", &[]).await;
    assert_eq!((cancelled.status, &cancelled.json()["hold"]), (200, &Value::Null), "{}", cancelled.body);
    let other = api.new_order().await.order_id();
    for id in [&id, &other] {
        for decision in [approve(), reject()] {
            let version = if *id == other { 1 } else { 2 };
            let _ = review(&api, id, version, &decision).await.problem(409, "order-not-on-hold");
        }
    }
    let unknown = "019c1363-49c0-7101-8101-010101010101";
    let _ = review(&api, unknown, 1, &approve()).await.problem(404, "order-not-found");
    let path = format!("/orders/{other}/review");
    let json = [("content-type", "application/json")];
    let reply = api.send(Method::POST, &path, &json, approve().to_string()).await;
    let _ = reply.problem(428, "if-match-missing");
    let problem = review(&api, &other, 1, &json!({ "decision": "maybe" })).await.problem(400, "invalid-body");
    assert_eq!(problem["errors"][0]["pointer"], "/decision");
}

#[tokio::test]
async fn the_sweeper_cancels_orders_that_nobody_has_reviewed_in_time() {
    let system = System::builder().start();
    system.migrate().await;
    let (api, past) = (system.api(), SystemTime::now() - Duration::from_secs(1));
    let (late, waiting) = (held(&system, past).await, held(&system, in_an_hour()).await);
    let report = system.function("sweep-orders").invoke(json!({})).await.expect("a report");
    assert_eq!((&report["expired"], &report["failed"]), (&json!(1), &json!(0)), "{report}");
    let order = api.order(&late).await.json();
    assert_eq!((&order["status"], &order["cancel_reason"]), (&json!("CANCELLED"), &json!("expired")));
    assert_eq!(api.order(&waiting).await.json()["status"], "CREATED");
}

/// Accepts an order with a payment, and processes it; returns its id. The screening holds it for a review.
async fn accepted_and_held(system: &System) -> String {
    let (api, key) = (system.api(), fresh_key());
    let mut body = GOOD_ORDER.clone();
    body["customer_id"] = fresh_key().into();
    body["payment"] = json!({ "provider": "standard", "token": "tok_1" });
    let accepted = api.order_later(&key, &body).await;
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    let id = accepted.order_id();
    assert_eq!(system.process(&[accepted_message(&key, &id)]).await, [""; 0]);
    id
}

#[tokio::test]
async fn the_payment_of_an_accepted_order_waits_for_the_approval() {
    let system = System::builder().env("SCREENING_REVIEW_AMOUNT", "USD=10").start();
    system.migrate().await;
    let (api, orders) = (system.api(), system.orders().await);
    let stored = async |id: &str| orders.find_one(doc! { "_id": id }).await.expect("a response").expect("it");
    let sweep = async || system.function("sweep-orders").invoke(json!({})).await.expect("a report");
    let [approved, rejected] = [accepted_and_held(&system).await, accepted_and_held(&system).await];
    for id in [&approved, &rejected] {
        let waiting = stored(id).await;
        let charge = waiting.get_document("held_charge").expect("a charge that waits");
        assert_eq!(charge, &doc! { "provider": "standard", "token": "tok_1", "capture": true });
        assert!(!waiting.contains_key("provider_requests") && waiting.contains_key("hold"), "{waiting:?}");
        assert!(!api.order(id).await.body.contains("tok_1"), "nobody is told the token");
    }
    assert_eq!(
        (review(&api, &approved, 1, &approve()).await.status, sweep().await["planned"].clone()),
        (200, json!(1))
    );
    assert_eq!(
        (review(&api, &rejected, 1, &reject()).await.status, sweep().await["planned"].clone()),
        (200, json!(0))
    );
    let charged = stored(&approved).await;
    let request = charged.get_array("provider_requests").expect("the charge")[0].as_document().expect("it");
    let id = request.get_str("id").expect("an id");
    assert_eq!(request.get_str("operation").ok(), Some("charge"));
    assert_eq!(charged.get_document("payment_tokens").expect("the token").get_str(id).ok(), Some("tok_1"));
    let ended = stored(&rejected).await;
    assert!(!ended.contains_key("provider_requests"), "{ended:?}");
    for order in [&charged, &ended] {
        assert!(!order.contains_key("held_charge"), "{order:?}");
    }
}
