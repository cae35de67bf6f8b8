//! Routes and methods that aren't there, and what every answer has.

use crate::both_formats;
use http::Method;
use orders_tests::System;

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    for api in both_formats() {
        for path in ["/", "/order", "/orders/1/items", "/orders/", "/favicon.ico", "/%00"] {
            let problem = api.get(path).await.problem(404, "route-not-found");
            assert_eq!(problem["instance"], path);
        }
    }
}

#[tokio::test]
async fn another_method_is_told_which_ones_there_are() {
    for api in both_formats() {
        for (method, path, allowed) in [
            (Method::PATCH, "/orders", "POST, GET, HEAD, OPTIONS"),
            (Method::DELETE, "/orders", "POST, GET, HEAD, OPTIONS"),
            (Method::PUT, "/orders/1", "GET, HEAD, PATCH, OPTIONS"),
            (Method::POST, "/orders/1", "GET, HEAD, PATCH, OPTIONS"),
            (Method::POST, "/health", "GET, HEAD, OPTIONS"),
        ] {
            let reply = api.send(method, path, &[], "").await;
            let _ = reply.problem(405, "method-not-allowed");
            assert_eq!(reply.header("allow"), Some(allowed));
        }
    }
}

#[tokio::test]
async fn every_answer_has_the_request_id_of_the_caller_if_it_is_sane() {
    for api in both_formats() {
        for path in ["/healthz", "/nowhere", "/orders/1"] {
            let reply = api.send(Method::GET, path, &[("x-request-id", "abc.1:2-3_4")], "").await;
            assert_eq!(reply.header("x-request-id"), Some("abc.1:2-3_4"), "{path}");
            for insane in ["a b", "{}", &"a".repeat(129)] {
                let reply = api.send(Method::GET, path, &[("x-request-id", insane)], "").await;
                let made = reply.header("x-request-id").expect("an id");
                assert!(made != insane && uuid::Uuid::parse_str(made).is_ok(), "{made}");
            }
        }
    }
}

#[tokio::test]
async fn a_problem_names_the_trace_of_the_request() {
    let api = System::shared().api();
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let reply = api.send(Method::GET, "/orders/1", &[("traceparent", traceparent)], "").await;
    assert_eq!(reply.problem(404, "order-not-found")["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    let problem = api.get("/orders/1").await.problem(404, "order-not-found");
    assert_eq!(problem["trace_id"], "1-5759e988-bd862e3fe1be46a994272793", "Lambda's own, otherwise");
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
