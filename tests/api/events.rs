//! Events of orders, as a subscriber receives them.

use http::Method;
use orders_tests::{GOOD_ORDER, Subscriber, System, fresh_key};
use serde_json::json;
use std::collections::HashSet;

#[tokio::test]
async fn the_creation_is_published_after_the_response() {
    let system = System::shared();
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let subscriber = Subscriber::shared();
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", &fresh_key()),
        ("traceparent", traceparent),
    ];
    let reply = system.api().send(Method::POST, "/orders", &headers, GOOD_ORDER.to_string()).await;
    let id = reply.order_id();
    let events = subscriber.wait_for(&id, 1).await;
    assert_eq!(events[0]["source"], "orders");
    assert_eq!(events[0]["detail-type"], "OrderCreated");
    let detail = &events[0]["detail"];
    assert_eq!(detail["id"], format!("{id}:1"));
    assert_eq!((&detail["specversion"], &detail["type"]), (&json!("1.0"), &json!("OrderCreated")));
    assert_eq!((&detail["subject"], &detail["traceparent"]), (&json!(id), &json!(traceparent)));
    assert_eq!(detail["tenant"], "default");
    assert_eq!(detail["time"], reply.json()["created_at"]);
    assert_eq!(detail["data"], json!({"order": reply.json(), "previous_status": null}));

    let orders = system.orders().await;
    let acknowledged =
        mongodb::bson::doc! {"_id": &id, "outbox": {"$exists": false}, "outbox_due_at": {"$exists": false}};
    orders_tests::eventually("the outbox is empty", async || {
        orders.find_one(acknowledged.clone()).await.expect("a response")
    })
    .await;
}

#[tokio::test]
async fn every_change_is_published_in_version_order() {
    let system = System::shared();
    let (api, subscriber) = (system.api(), Subscriber::shared());
    let id = api.new_order().await.order_id();
    let paid = api.change(&id, 1, "PAID", &[]).await.json();
    let fulfilled = api.change(&id, 2, "FULFILLED", &[]).await.json();
    let events = subscriber.wait_for(&id, 3).await;
    let event_of = |version: u64| {
        let event = events.iter().find(|e| e["detail"]["id"] == format!("{id}:{version}"));
        event.expect("an event of this version")["detail"].clone()
    };
    assert_eq!(event_of(2)["type"], "OrderUpdated");
    assert_eq!(event_of(2)["data"], json!({"order": paid, "previous_status": "CREATED"}));
    assert_eq!(event_of(3)["data"], json!({"order": fulfilled, "previous_status": "PAID"}));
    let mut seen = HashSet::new();
    let first_arrivals: Vec<_> = events
        .iter()
        .map(|event| event["detail"]["data"]["order"]["version"].as_u64().expect("a version"))
        .filter(|version| seen.insert(*version))
        .collect();
    assert_eq!(first_arrivals, [1, 2, 3]);
}
