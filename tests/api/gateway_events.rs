//! Events of API Gateway: the parts that surround the request itself.

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
async fn without_a_traceparent_a_problem_names_the_trace_of_lambda() {
    let problem = System::shared().api().get("/orders/1").await.problem(404, "order-not-found");
    assert_eq!(problem["trace_id"], "1-5759e988-bd862e3fe1be46a994272793");
}

#[tokio::test]
async fn the_size_of_a_body_counts_after_base64_decoding() {
    let system = System::shared();
    for (excess, status) in [(0, 201), (1, 413)] {
        let mut event = orders_tests::event("create-order-base64.json");
        let order = GOOD_ORDER.to_string();
        let body = order.clone() + &" ".repeat(256 * 1024 - order.len() + excess);
        event["body"] = STANDARD.encode(body).into();
        event["headers"]["idempotency-key"] = fresh_key().into();
        let answer = system.function("create-order").invoke(event).await.expect("an answer");
        assert_eq!(answer["statusCode"], status, "{answer}");
    }
}

#[tokio::test]
async fn the_stage_of_the_api_is_not_part_of_the_path() {
    let system = System::shared();
    let mut event = orders_tests::event("get-order.json");
    event["requestContext"]["stage"] = "prod".into();
    event["rawPath"] = "/prod/nowhere".into();
    let answer = system.function("fallback").invoke(event).await.expect("an answer");
    let problem: serde_json::Value =
        serde_json::from_str(answer["body"].as_str().expect("a body")).expect("JSON");
    assert_eq!(problem["instance"], "/nowhere");
}

#[tokio::test]
async fn a_body_that_claims_to_be_base64_and_is_not_is_malformed() {
    let system = System::shared();
    let mut event = orders_tests::event("create-order.json");
    event["isBase64Encoded"] = true.into();
    event["body"] = "not base64!".into();
    let answer = system.function("create-order").invoke(event).await.expect("an answer");
    assert_eq!(answer["statusCode"], 400);
    assert!(answer["body"].as_str().expect("a body").contains("not base64"));
}

#[tokio::test]
async fn an_event_that_is_no_http_request_is_malformed() {
    let system = System::shared();
    for (file, pointer, value) in [
        ("create-order.json", "/headers/host", "[not a host"),
        ("create-order.json", "/rawQueryString", "a=<b> \u{7f}"),
        ("create-order-rest-api-v1.json", "/headers/host", "[not a host"),
    ] {
        let mut event = orders_tests::event(file);
        *event.pointer_mut(pointer).expect("the member") = value.into();
        let answer = system.function("create-order").invoke(event).await.expect("an answer");
        assert_eq!(answer["statusCode"], 400, "{file} {pointer}: {answer}");
        let problem: serde_json::Value =
            serde_json::from_str(answer["body"].as_str().expect("a body")).expect("JSON");
        assert_eq!(problem["type"], "urn:problem-type:orders:malformed-request");
        assert_eq!(problem["instance"], "/orders");
    }
}

#[tokio::test]
async fn what_is_no_event_of_api_gateway_is_refused_with_a_reason() {
    let error = System::shared()
        .function("fallback")
        .invoke(serde_json::json!({"hello": "world"}))
        .await
        .expect_err("not an event");
    assert!(error["errorMessage"].as_str().expect("a message").contains("API Gateway"), "{error}");
}
