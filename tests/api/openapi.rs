//! The examples in the document.

use http::Method;
use orders_tests::{System, fresh_key};
use serde_json::Value;

#[tokio::test]
async fn the_examples_of_requests_work_and_those_of_answers_are_what_comes() {
    let document = orders_openapi::document();
    let example = |path: &str, method: &str| {
        document["paths"][path][method]["requestBody"]["content"]["application/json"]["example"].clone()
    };
    let answer = |path: &str, method: &str, status: &str| {
        document["paths"][path][method]["responses"][status]["content"]["application/json"]["example"].clone()
    };
    // All that differs from one order to the next.
    let timeless = |mut order: Value| {
        for member in ["order_id", "created_at", "updated_at"] {
            order[member] = Value::Null;
        }
        order
    };
    let system = System::builder().start();
    system.migrate().await;
    let api = system.api();
    let created = api.create(&fresh_key(), &example("/orders", "post")).await;
    assert_eq!(timeless(created.json()), timeless(answer("/orders", "post", "201")));
    let id = created.order_id();
    assert_eq!(timeless(api.order(&id).await.json()), timeless(answer("/orders/{id}", "get", "200")));
    let listed = api.get("/orders").await.json();
    let page = answer("/orders", "get", "200");
    assert_eq!(timeless(listed["items"][0].clone()), timeless(page["items"][0].clone()));
    let headers = [("content-type", "application/json"), ("if-match", "1")];
    let change = example("/orders/{id}", "patch").to_string();
    let changed = api.send(Method::PATCH, &format!("/orders/{id}"), &headers, change).await;
    assert_eq!(timeless(changed.json()), timeless(answer("/orders/{id}", "patch", "200")));
    for path in ["/health", "/ready", "/healthz"] {
        assert_eq!(api.get(path).await.json(), answer(path, "get", "200"), "{path}");
    }
}
