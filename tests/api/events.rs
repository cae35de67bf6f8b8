//! Events of orders, as a subscriber receives them.

use http::Method;
use orders_tests::{GOOD_ORDER, Subscriber, System, fresh_key, log_file, schema_errors};
use serde_json::json;
use std::collections::HashSet;

#[tokio::test]
async fn events_contain_the_money_lines() {
    let (system, subscriber) = (System::shared(), Subscriber::shared());
    let mut body = GOOD_ORDER.clone();
    body["lines"] = json!([{ "kind": "fee", "label": "Gift wrap", "amount": "1", "reference": "wrap" }]);
    let placed = system.api().create(&fresh_key(), &body).await;
    let events = subscriber.wait_for(&placed.order_id(), 1).await;
    let detail = &events[0]["detail"];
    assert_eq!(detail["data"]["order"], placed.json());
    assert_eq!(detail["data"]["order"]["amount_total"], "20.98");
    assert_eq!(schema_errors(detail), [""; 0]);
}

#[tokio::test]
async fn no_personal_data_leave_the_order() {
    let (system, subscriber) = (System::shared(), Subscriber::shared());
    let api = system.api();
    let secret = "PRIVATE-7Q";
    let address = json!({
        "name": secret, "company": secret, "line1": secret, "line2": secret, "city": secret, "region": secret,
        "postal_code": secret, "country": "BV", "phone": "+47 770077 1",
    });
    let contact = json!({ "email": "PRIVATE-7Q@example.com", "phone": "+47 770077 2" });
    let mut body = GOOD_ORDER.clone();
    for (member, value) in
        [("shipping_address", &address), ("billing_address", &address), ("contact", &contact)]
    {
        body[member] = value.clone();
    }
    let placed = api.create(&fresh_key(), &body).await;
    let id = placed.order_id();
    let mut invalid = body.clone();
    invalid["shipping_address"]["country"] = "PRIVATE-7Q".into();
    let _ = api.create(&fresh_key(), &invalid).await.problem(400, "invalid-body");
    let mut other = address.clone();
    other["city"] = "PRIVATE-7Q again".into();
    let corrected = api.patch(&id, 1, &json!({ "shipping_address": other, "contact": null }), &[]).await;
    assert_eq!(corrected.status, 200, "{}", corrected.body);
    let _ = api.patch(&id, 1, &json!({ "contact": contact }), &[]).await.problem(409, "version-conflict");

    let events = subscriber.wait_for(&id, 2).await;
    let updated = &events[1]["detail"];
    assert_eq!(updated["type"], "OrderUpdated");
    assert_eq!(updated["data"]["previous_status"], "CREATED");
    assert_eq!(updated["data"]["changed"], json!(["shipping_address", "contact"]));
    for event in &events {
        assert_eq!(schema_errors(&event["detail"]), [""; 0]);
    }
    let logs = ["create-order", "patch-order"]
        .map(|function| std::fs::read_to_string(log_file(function)).expect("a log"));
    for text in [json!(events).to_string()].iter().chain(&logs) {
        assert!(!text.is_empty());
        for private in [secret, "770077", "shipping_address\":{", "\"BV\""] {
            assert!(!text.contains(private), "{private}");
        }
    }
}

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
