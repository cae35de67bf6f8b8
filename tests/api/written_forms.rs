//! Settings that turn the writing of a form off: requests and orders are then those of the release before.

use orders_tests::{GOOD_ORDER, System, fresh_key};
use serde_json::{Value, json};

/// Bodies of `POST /orders` with one detail each.
fn details() -> [(&'static str, Value); 6] {
    let address =
        json!({ "name": "A. Turing", "line1": "Sackville St 1", "city": "Manchester", "country": "GB" });
    [
        ("lines", json!([{ "kind": "shipping", "label": "DHL", "amount": "4.90" }])),
        ("external_id", "erp-1".into()),
        ("metadata", json!({ "a": "1" })),
        ("shipping_address", address.clone()),
        ("billing_address", address),
        ("contact", json!({ "email": "a@example.com" })),
    ]
}

#[tokio::test]
async fn without_details_and_numbers_the_api_is_that_of_the_release_before() {
    let builder = System::builder();
    let environment = builder.environment();
    let (_, database) = environment.iter().find(|(name, _)| name == "MONGO_DB").expect("a database");
    let writer = builder.start();
    writer.migrate().await;
    let reader = System::builder().env("MONGO_DB", database);
    let reader = reader.env("ORDER_DETAILS", "off").env("ORDER_NUMBERS", "off").start();
    let (writing, reading) = (writer.api(), reader.api());
    let plain = reading.create(&fresh_key(), &GOOD_ORDER).await;
    assert_eq!((plain.status, plain.json().get("number")), (201, None));
    let mut complete = GOOD_ORDER.clone();
    for (name, value) in details() {
        let mut body = GOOD_ORDER.clone();
        body[name] = value.clone();
        let problem = reading.create(&fresh_key(), &body).await.problem(400, "invalid-body");
        let errors = json!([{ "pointer": format!("/{name}"), "detail": "unknown field" }]);
        assert_eq!(problem["errors"], errors, "{name}");
        complete[name] = value;
    }
    let correction = json!({ "contact": { "email": "b@example.com" } });
    let problem = reading.patch(&plain.order_id(), 1, &correction, &[]).await.problem(400, "invalid-body");
    assert_eq!(problem["errors"][1], json!({ "pointer": "/contact", "detail": "unknown field" }));

    // What another deployment writes is read, replayed and changed.
    let key = fresh_key();
    let written = writing.create(&key, &complete).await;
    assert_eq!(written.status, 201, "{}", written.body);
    assert_eq!(reading.order(&written.order_id()).await.body, written.body);
    let number = written.json()["number"].as_str().expect("a number").to_owned();
    let found = reading.get(&format!("/orders?number={number}")).await;
    assert_eq!(found.json(), json!({ "items": [written.json()] }));
    let paid = reading.change(&written.order_id(), 1, "PAID", &[]).await.json();
    assert_eq!((&paid["number"], &paid["contact"]), (&written.json()["number"], &complete["contact"]));
    let key = fresh_key();
    let numbered = writing.create(&key, &GOOD_ORDER).await;
    assert_eq!(reading.create(&key, &GOOD_ORDER).await.body, numbered.body, "a replay keeps its number");
    let plain_key = fresh_key();
    let plain = reading.create(&plain_key, &GOOD_ORDER).await;
    assert_eq!(writing.create(&plain_key, &GOOD_ORDER).await.body, plain.body, "a replay gets no number");
}
