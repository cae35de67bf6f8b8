//! Events of API Gateway: encodings, stages and invalid events.

use crate::apis;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use orders_tests::{GOOD_ORDER, System, fresh_key};

#[tokio::test]
async fn an_escaped_slash_is_part_of_the_id() {
    for api in apis().await {
        let problem = api.order("x%2Fy").await.problem(404, "order-not-found");
        assert_eq!(problem["instance"], "/orders/x%2Fy");
    }
}

#[tokio::test]
async fn a_problem_without_a_traceparent_names_the_trace_of_lambda() {
    let problem = System::shared().api().get("/orders/1").await.problem(404, "order-not-found");
    assert_eq!(problem["trace_id"], "1-5759e988-bd862e3fe1be46a994272793");
}

#[tokio::test]
async fn the_size_limit_applies_to_the_decoded_body() {
    let system = System::shared();
    for (excess, status) in [(0, 201), (1, 413)] {
        let mut event = orders_tests::event("create-order-base64.json");
        let order = GOOD_ORDER.to_string();
        let body = order.clone() + &" ".repeat(256 * 1024 - order.len() + excess);
        event["body"] = STANDARD.encode(body).into();
        event["headers"]["idempotency-key"] = fresh_key().into();
        let result = system.function("create-order").invoke(event).await.expect("a result");
        assert_eq!(result["statusCode"], status, "{result}");
    }
}

#[tokio::test]
async fn the_stage_of_the_api_is_not_part_of_the_path() {
    let system = System::shared();
    let mut event = orders_tests::event("get-order.json");
    event["requestContext"]["stage"] = "prod".into();
    event["rawPath"] = "/prod/nowhere".into();
    let result = system.function("fallback").invoke(event).await.expect("a result");
    let problem: serde_json::Value =
        serde_json::from_str(result["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(problem["instance"], "/nowhere");
}

#[tokio::test]
async fn a_body_with_invalid_base64_is_malformed() {
    let system = System::shared();
    let mut event = orders_tests::event("create-order.json");
    event["isBase64Encoded"] = true.into();
    event["body"] = "not base64!".into();
    let result = system.function("create-order").invoke(event).await.expect("a result");
    assert_eq!(result["statusCode"], 400);
    assert!(result["body"].as_str().expect("a body").contains("not valid base64"));
}

#[tokio::test]
async fn an_event_with_an_invalid_http_request_is_malformed() {
    let system = System::shared();
    for (file, pointer, value) in [
        ("create-order.json", "/headers/host", "[not a host"),
        ("create-order.json", "/rawQueryString", "a=<b> \u{7f}"),
        ("create-order-rest-api-v1.json", "/headers/host", "[not a host"),
    ] {
        let mut event = orders_tests::event(file);
        *event.pointer_mut(pointer).expect("the member") = value.into();
        let result = system.function("create-order").invoke(event).await.expect("a result");
        assert_eq!(result["statusCode"], 400, "{file} {pointer}: {result}");
        let problem: serde_json::Value =
            serde_json::from_str(result["body"].as_str().expect("a body")).expect("JSON");
        assert_eq!(problem["type"], "urn:problem-type:orders:malformed-request");
        assert_eq!(problem["instance"], "/orders");
    }
}

#[tokio::test]
async fn an_event_of_another_service_is_rejected_with_a_reason() {
    let error = System::shared()
        .function("fallback")
        .invoke(serde_json::json!({"hello": "world"}))
        .await
        .expect_err("not an event");
    assert!(error["errorMessage"].as_str().expect("a message").contains("API Gateway"), "{error}");
}
