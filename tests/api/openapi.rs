//! Examples in the OpenAPI document.

use http::Method;
use orders_tests::{System, fresh_key};
use serde_json::Value;

#[tokio::test]
async fn example_requests_succeed_with_the_example_responses() {
    let document = api::document();
    let example = |path: &str, method: &str| {
        document["paths"][path][method]["requestBody"]["content"]["application/json"]["example"].clone()
    };
    let response = |path: &str, method: &str, status: &str| {
        document["paths"][path][method]["responses"][status]["content"]["application/json"]["example"].clone()
    };
    // Without the members that differ between orders.
    let comparable = |mut order: Value| {
        for member in ["order_id", "number", "created_at", "updated_at"] {
            order[member] = Value::Null;
        }
        order
    };
    let system = System::builder().start();
    system.migrate().await;
    let client = system.api();
    let created = client.create(&fresh_key(), &example("/orders", "post")).await;
    assert_eq!(comparable(created.json()), comparable(response("/orders", "post", "201")));
    let id = created.order_id();
    assert_eq!(
        comparable(client.order(&id).await.json()),
        comparable(response("/orders/{id}", "get", "200"))
    );
    let listed = client.get("/orders").await.json();
    let page = response("/orders", "get", "200");
    assert_eq!(comparable(listed["items"][0].clone()), comparable(page["items"][0].clone()));
    let headers = [("content-type", "application/json"), ("if-match", "1")];
    let change = example("/orders/{id}", "patch").to_string();
    let changed = client.send(Method::PATCH, &format!("/orders/{id}"), &headers, change).await;
    assert_eq!(comparable(changed.json()), comparable(response("/orders/{id}", "patch", "200")));
    for path in ["/health", "/ready", "/healthz"] {
        assert_eq!(client.get(path).await.json(), response(path, "get", "200"), "{path}");
    }
}
