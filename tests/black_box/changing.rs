//! `PATCH /orders/{id}`.

use crate::apis;
use http::Method;
use orders_tests::{Api, fresh_key};
use serde_json::json;

async fn new_order(api: &Api) -> String {
    api.new_order().await.order_id()
}

#[tokio::test]
async fn an_order_can_be_paid_and_fulfilled() {
    for api in apis().await {
        let id = new_order(&api).await;
        let paid = api.change(&id, 1, "PAID", &[]).await;
        assert_eq!((paid.status, paid.header("etag")), (200, Some("\"2\"")), "{}", paid.body);
        assert_eq!(paid.json()["status"], "PAID");
        assert_eq!(paid.json()["version"], 2);
        assert!(paid.json()["updated_at"].as_str() >= paid.json()["created_at"].as_str());
        let fulfilled = api.change(&id, 2, "FULFILLED", &[]).await;
        assert_eq!((fulfilled.status, fulfilled.header("etag")), (200, Some("\"3\"")));
        assert_eq!(api.order(&id).await.body, fulfilled.body);
    }
}

#[tokio::test]
async fn the_version_can_be_an_entity_tag() {
    for api in apis().await {
        let id = new_order(&api).await;
        let headers = [("content-type", "application/json"), ("if-match", "\"1\"")];
        let reply =
            api.send(Method::PATCH, &format!("/orders/{id}"), &headers, r#"{"status":"CANCELLED"}"#).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
}

#[tokio::test]
async fn a_change_without_a_valid_version_is_rejected() {
    for api in apis().await {
        let path = format!("/orders/{}", new_order(&api).await);
        let json_type = ("content-type", "application/json");
        let body = r#"{"status":"PAID"}"#;
        let _ = api.send(Method::PATCH, &path, &[json_type], body).await.problem(428, "if-match-missing");
        for version in ["*", "W/\"1\"", "one", "0", "1, 2"] {
            let reply = api.send(Method::PATCH, &path, &[json_type, ("if-match", version)], body).await;
            let _ = reply.problem(400, "if-match-invalid");
        }
        for versions in [["1", "2"], ["1", "1"], ["\"1\"", "\"2\""]] {
            let headers = [json_type, ("if-match", versions[0]), ("if-match", versions[1])];
            let reply = api.send(Method::PATCH, &path, &headers, body).await;
            let _ = reply.problem(400, "if-match-invalid");
        }
        assert_eq!(api.get(&path).await.json()["version"], 1);
    }
}

#[tokio::test]
async fn two_keys_of_a_change_are_refused() {
    for api in apis().await {
        let id = new_order(&api).await;
        let (a, b) = (fresh_key(), fresh_key());
        let joined = format!("{a},{b}");
        for keys in
            [&[("idempotency-key", a.as_str()), ("idempotency-key", &b)][..], &[("idempotency-key", &joined)]]
        {
            let _ = api.change(&id, 1, "PAID", keys).await.problem(400, "idempotency-key-invalid");
        }
        assert_eq!(api.order(&id).await.json()["version"], 1);
    }
}

#[tokio::test]
async fn the_id_of_a_request_without_a_key_is_no_key() {
    for api in apis().await {
        let id = new_order(&api).await;
        let paid = api.change(&id, 1, "PAID", &[]).await;
        let request_id = paid.header("x-request-id").expect("an id").to_owned();
        let key = [("idempotency-key", request_id.as_str())];
        let _ = api.change(&id, 1, "PAID", &key).await.problem(409, "version-conflict");
        let cancelled = api.change(&id, 2, "CANCELLED", &key).await;
        assert_eq!((cancelled.status, cancelled.header("idempotent-replayed")), (200, None));
    }
}

#[tokio::test]
async fn an_id_in_capitals_names_the_same_order() {
    for api in apis().await {
        let id = new_order(&api).await;
        let paid = api.change(&id.to_uppercase(), 1, "PAID", &[]).await;
        assert_eq!((paid.status, paid.order_id()), (200, id.clone()), "{}", paid.body);
        let read = api.order(&id.to_uppercase()).await;
        assert_eq!((read.status, &read.body), (200, &paid.body));
    }
}

#[tokio::test]
async fn another_version_is_a_conflict_with_the_current_one() {
    for api in apis().await {
        let id = new_order(&api).await;
        assert_eq!(api.change(&id, 1, "PAID", &[]).await.status, 200);
        for version in [1, 3, 99] {
            let problem = api.change(&id, version, "CANCELLED", &[]).await.problem(409, "version-conflict");
            assert_eq!(problem["current_version"], 2);
        }
    }
}

#[tokio::test]
async fn an_invalid_transition_returns_the_allowed_ones() {
    for api in apis().await {
        let id = new_order(&api).await;
        for target in ["FULFILLED", "CREATED"] {
            let problem = api.change(&id, 1, target, &[]).await.problem(422, "invalid-transition");
            assert_eq!(problem["current_status"], "CREATED");
            assert_eq!(problem["allowed_statuses"], json!(["PAID", "CANCELLED"]));
        }
        assert_eq!(api.change(&id, 1, "CANCELLED", &[]).await.status, 200);
        let problem = api.change(&id, 2, "PAID", &[]).await.problem(422, "invalid-transition");
        assert_eq!(problem["allowed_statuses"], json!([]));
    }
}

#[tokio::test]
async fn an_unknown_order_can_not_be_changed() {
    for api in apis().await {
        for id in ["019c1363-49c0-7101-8101-010101010101", "1"] {
            let _ = api.change(id, 1, "PAID", &[]).await.problem(404, "order-not-found");
        }
    }
}

#[tokio::test]
async fn an_invalid_body_is_rejected_with_its_errors() {
    for api in apis().await {
        let id = new_order(&api).await;
        let problem = api.change(&id, 1, "SHIPPED", &[]).await.problem(400, "invalid-body");
        assert_eq!(problem["errors"][0]["pointer"], "/status");
        let path = format!("/orders/{id}");
        let headers = [("content-type", "application/json"), ("if-match", "1")];
        let reply = api.send(Method::PATCH, &path, &headers, r#"{"status":"PAID","version":2}"#).await;
        assert_eq!(reply.problem(400, "invalid-body")["errors"][0]["pointer"], "/version");
        let _ = api.send(Method::PATCH, &path, &headers, "{").await.problem(400, "malformed-body");
        let large = " ".repeat(256 * 1024 + 1);
        let _ = api.send(Method::PATCH, &path, &headers, large).await.problem(413, "body-too-large");
        let headers = [("content-type", "text/plain"), ("if-match", "1")];
        let _ = api.send(Method::PATCH, &path, &headers, "{}").await.problem(415, "unsupported-media-type");
        assert_eq!(api.order(&id).await.json()["version"], 1);
    }
}

#[tokio::test]
async fn a_repeated_change_with_the_same_key_gets_the_first_response() {
    for api in apis().await {
        let id = new_order(&api).await;
        let key = fresh_key();
        let first = api.change(&id, 1, "PAID", &[("idempotency-key", &key)]).await;
        assert_eq!((first.status, first.header("idempotent-replayed")), (200, None));
        // Another client changes the order in between.
        assert_eq!(api.change(&id, 2, "FULFILLED", &[]).await.status, 200);
        let again = api.change(&id, 1, "PAID", &[("idempotency-key", &key)]).await;
        assert_eq!((again.status, &again.body), (200, &first.body));
        assert_eq!(again.header("etag"), Some("\"2\""));
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
    }
}

#[tokio::test]
async fn a_key_can_not_be_reused_for_another_change() {
    for api in apis().await {
        let id = new_order(&api).await;
        let key = fresh_key();
        assert_eq!(api.change(&id, 1, "PAID", &[("idempotency-key", &key)]).await.status, 200);
        let reply = api.change(&id, 2, "FULFILLED", &[("idempotency-key", &key)]).await;
        let _ = reply.problem(409, "idempotency-key-reused");
        let _ = api
            .change(&id, 2, "PAID", &[("idempotency-key", "a b")])
            .await
            .problem(400, "idempotency-key-invalid");
        assert_eq!(api.order(&id).await.json()["version"], 2);
    }
}
