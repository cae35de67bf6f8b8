//! `POST /orders`.

use crate::apis;
use http::Method;
use orders_tests::{Api, GOOD_ORDER, Reply, fresh_key};
use serde_json::json;

pub(super) async fn post(api: &Api, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Reply {
    api.send(Method::POST, "/orders", headers, body).await
}

pub(super) async fn post_json(api: &Api, body: impl Into<Vec<u8>>) -> Reply {
    post(api, &[("content-type", "application/json"), ("idempotency-key", &fresh_key())], body).await
}

#[tokio::test]
async fn a_new_order_returns_201_with_location_and_version() {
    for api in apis().await {
        let reply = api.create(&fresh_key(), &GOOD_ORDER).await;
        assert_eq!(reply.status, 201, "{}", reply.body);
        let order = reply.json();
        let id = reply.order_id();
        assert_eq!(reply.header("location"), Some(format!("/orders/{id}").as_str()));
        assert_eq!(reply.header("etag"), Some("\"1\""));
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("idempotent-replayed"), None);
        assert_eq!(order["customer_id"], "c-1");
        assert_eq!(order["currency"], "USD");
        assert_eq!(order["items"], json!([{"sku": "A1", "qty": 2, "price": "9.99"}]));
        assert_eq!(order["amount_total"], "19.98");
        assert_eq!((&order["version"], &order["status"]), (&json!(1), &json!("CREATED")));
        assert_eq!(order["created_at"], order["updated_at"]);
        assert_eq!(uuid::Uuid::parse_str(&id).expect("a UUID").get_version_num(), 7);
        assert_eq!(api.order(&id).await.json(), order);
    }
}

#[tokio::test]
async fn money_lines_are_part_of_the_total_in_every_response() {
    for api in apis().await {
        let mut body = GOOD_ORDER.clone();
        body["customer_id"] = fresh_key().into();
        body["lines"] = json!([
            { "kind": "shipping", "label": "Standard", "amount": "4.9" },
            { "kind": "tax", "label": "VAT 19 %", "amount": "3.80", "reference": "de-19" },
            { "kind": "discount", "label": "Spring", "amount": "-5" },
        ]);
        let key = fresh_key();
        let placed = api.create(&key, &body).await;
        assert_eq!(placed.status, 201, "{}", placed.body);
        let order = placed.json();
        let lines = json!([
            { "kind": "shipping", "label": "Standard", "amount": "4.90" },
            { "kind": "tax", "label": "VAT 19 %", "amount": "3.80", "reference": "de-19" },
            { "kind": "discount", "label": "Spring", "amount": "-5.00" },
        ]);
        assert_eq!(order["lines"], lines);
        assert_eq!((&order["amount_items"], &order["amount_total"]), (&json!("19.98"), &json!("23.68")));
        assert_eq!(api.create(&key, &body).await.body, placed.body);
        let id = placed.order_id();
        assert_eq!(api.order(&id).await.body, placed.body);
        let page =
            api.get(&format!("/orders?customer_id={}", order["customer_id"].as_str().expect("an id"))).await;
        assert_eq!(page.json()["items"], json!([order]));
        let paid = api.change(&id, 1, "PAID", &[]).await.json();
        assert_eq!((&paid["lines"], &paid["amount_total"]), (&lines, &json!("23.68")));

        body["lines"][0]["amount"] = "4.91".into();
        let _ = api.create(&key, &body).await.problem(409, "idempotency-key-reused");
    }
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_bytes_marked_as_replayed() {
    for api in apis().await {
        let key = fresh_key();
        let first = api.create(&key, &GOOD_ORDER).await;
        // Other white space, another order of fields, another spelling of the key.
        let body =
            r#"{ "items": [{"price":"9.99","sku":"A1","qty":2}], "currency":"USD", "customer_id":"c-1" }"#;
        let quoted = format!("\"{key}\"");
        let second =
            post(&api, &[("content-type", "application/json"), ("idempotency-key", &quoted)], body).await;
        assert_eq!((second.status, &second.body), (201, &first.body));
        assert_eq!(second.header("idempotent-replayed"), Some("true"));
        for header in ["location", "etag"] {
            assert_eq!(second.header(header), first.header(header));
        }
    }
}

#[tokio::test]
async fn a_replay_returns_the_order_as_it_was_created_even_after_a_change() {
    for api in apis().await {
        let key = fresh_key();
        let created = api.create(&key, &GOOD_ORDER).await;
        assert_eq!(api.change(&created.order_id(), 1, "PAID", &[]).await.status, 200);
        let replayed = api.create(&key, &GOOD_ORDER).await;
        assert_eq!((replayed.status, &replayed.body), (201, &created.body));
        assert_eq!(replayed.header("etag"), Some("\"1\""));
    }
}

#[tokio::test]
async fn a_key_of_another_order_is_a_conflict_without_effect() {
    for api in apis().await {
        let key = fresh_key();
        let first = api.create(&key, &GOOD_ORDER).await;
        let mut other = GOOD_ORDER.clone();
        other["items"][0]["qty"] = json!(3);
        let _ = api.create(&key, &other).await.problem(409, "idempotency-key-reused");
        assert_eq!(api.create(&key, &GOOD_ORDER).await.body, first.body);
    }
}

#[tokio::test]
async fn a_key_is_required_and_must_be_valid() {
    for api in apis().await {
        let body = GOOD_ORDER.to_string();
        let json_type = ("content-type", "application/json");
        let _ = post(&api, &[json_type], body.clone()).await.problem(400, "idempotency-key-missing");
        for key in ["a b", "\"open", "\"\"", &"k".repeat(256)] {
            let reply = post(&api, &[json_type, ("idempotency-key", key)], body.clone()).await;
            let _ = reply.problem(400, "idempotency-key-invalid");
        }
        let longest = format!("{:~<255}", fresh_key());
        assert_eq!(api.create(&longest, &GOOD_ORDER).await.status, 201);
    }
}

#[tokio::test]
async fn two_keys_are_refused_and_a_bare_key_has_no_comma() {
    for api in apis().await {
        let (a, b) = (fresh_key(), fresh_key());
        let json_type = ("content-type", "application/json");
        let joined = format!("{a},{b}");
        for keys in [&[a.as_str(), &b][..], &[&a, &a], &[&joined], &["\"a\"", "\"b\""], &["\"a\", \"b\""]] {
            let keys = keys.iter().map(|key| ("idempotency-key", *key));
            let headers: Vec<_> = [json_type].into_iter().chain(keys).collect();
            let reply = post(&api, &headers, GOOD_ORDER.to_string()).await;
            let _ = reply.problem(400, "idempotency-key-invalid");
        }
        let quoted = format!("\"{joined}\"");
        assert_eq!(api.create(&quoted, &GOOD_ORDER).await.status, 201, "a quoted key may have commas");
        assert_eq!(api.create(&a, &GOOD_ORDER).await.header("idempotent-replayed"), None, "the key is free");
    }
}

#[tokio::test]
async fn a_rejected_request_has_no_effect() {
    for api in apis().await {
        let key = fresh_key();
        let mut invalid = GOOD_ORDER.clone();
        invalid["currency"] = json!("XXX");
        let _ = api.create(&key, &invalid).await.problem(400, "invalid-body");
        let reply = api.create(&key, &GOOD_ORDER).await;
        assert_eq!(reply.status, 201, "the key is still free: {}", reply.body);
        assert_eq!(reply.header("idempotent-replayed"), None);
    }
}
