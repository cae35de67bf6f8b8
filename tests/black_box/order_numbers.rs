//! Order numbers: unique, found, the same in every response.

use crate::apis;
use futures::future::join_all;
use orders_tests::{GOOD_ORDER, fresh_key};
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn every_order_has_a_number_of_its_own() {
    for api in apis().await {
        let created = join_all((0..25).map(|_| api.new_order())).await;
        let number = |order: &serde_json::Value| order["number"].as_str().expect("a number").to_owned();
        let numbers: BTreeSet<_> = created.iter().map(|reply| number(&reply.json())).collect();
        assert_eq!(numbers.len(), created.len());
        for reply in &created[..2] {
            let order = reply.json();
            let found = api.get(&format!("/orders?number={}", number(&order))).await;
            assert_eq!((found.status, found.json()), (200, json!({ "items": [order] })));
            let paid = api.change(&reply.order_id(), 1, "PAID", &[]).await.json();
            assert_eq!(number(&paid), number(&order), "a change keeps it");
            let none = api.get(&format!("/orders?number={}&status=CREATED", number(&order))).await;
            assert_eq!(none.json(), json!({ "items": [] }));
        }
    }
}

#[tokio::test]
async fn a_replay_has_the_number_of_the_first_response() {
    for api in apis().await {
        let key = fresh_key();
        let first = api.create(&key, &GOOD_ORDER).await;
        // In the meantime, other orders use the numbers of the block.
        join_all((0..5).map(|_| api.new_order())).await;
        let again = api.create(&key, &GOOD_ORDER).await;
        assert_eq!((again.status, again.body), (201, first.body));
    }
}

#[tokio::test]
async fn a_number_has_one_spelling() {
    for api in apis().await {
        for number in ["1", "A-1", "a-000001", "A-000000", "A-0000001"] {
            let problem =
                api.get(&format!("/orders?number={number}")).await.problem(400, "invalid-parameters");
            let errors = json!([{ "parameter": "number", "detail": "must be A- and at least 6 digits" }]);
            assert_eq!(problem["errors"], errors, "{number}");
        }
        let unused = api.get("/orders?number=A-999999999999999999").await;
        assert_eq!(unused.json(), json!({ "items": [] }));
    }
}
