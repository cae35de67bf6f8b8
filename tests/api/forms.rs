//! Every form of an order that a release has written, or a later one may write: `forms/*.json`.
//!
//! A form has the stored document, the response, the event in its outbox, if there is one, and the request with its
//! fingerprint, if it is a new order. A form that was once written stays here for ever.

use mongodb::bson::Document;
use orders_tests::{IdempotencyTable, Subscriber, System, forms, fresh_key};
use serde_json::json;

#[tokio::test]
async fn every_form_is_read_listed_published_and_claimed_to_the_byte() {
    let (system, subscriber) = (System::builder().start(), Subscriber::shared());
    let claims = IdempotencyTable::connect();
    system.migrate().await;
    let (api, orders, forms) = (system.api(), system.orders().await, forms());
    assert!(forms.len() >= 17, "{}", forms.len());
    for (name, form) in &forms {
        let document: Document = serde_json::from_value(form["document"].clone()).expect("a document");
        orders.insert_one(document).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let expected = forms.iter().filter(|(_, form)| !form["event"].is_null()).count();
    let mut published = 0;
    // SecantusDB leases one order at a time to concurrent callers.
    for _ in 0..expected {
        let report = system.function("relay").invoke(json!({})).await.expect("a report");
        assert_eq!(report["failed"], 0, "{report}");
        published += report["published"].as_u64().expect("a number");
    }
    assert_eq!(published, expected as u64);
    for (name, form) in forms {
        let id = form["document"]["_id"].as_str().expect("an id");
        let order = api.order(id).await;
        assert_eq!(
            (order.status, order.body.as_str()),
            (200, form["response"].as_str().expect("a text")),
            "{name}"
        );
        let page = api.get(&format!("/orders?customer_id=form-{name}")).await;
        assert_eq!(page.json(), json!({ "items": [order.json()] }), "{name}");
        if !form["event"].is_null() {
            let events = subscriber.wait_for(id, 1).await;
            assert_eq!(events[0]["detail"], form["event"], "{name}");
        }
        // A claim has the same text.
        let claimed = orders_json::order_from_json(&order.body, "default".parse().expect("a tenant"));
        assert_eq!(orders_json::order_to_json(&claimed.expect(&name)), order.body, "{name}");
        if let Some(fingerprint) = form["claim"]["fingerprint"].as_str() {
            let key = fresh_key();
            claims.put_claim(&key, fingerprint, &order.body).await;
            let replayed = api.create(&key, &form["claim"]["request"]).await;
            assert_eq!((replayed.status, &replayed.body), (201, &order.body), "{name}");
            assert_eq!(replayed.header("idempotent-replayed"), Some("true"), "{name}");
        }
    }
}
