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
        let id = api.new_order().await.order_id();
        for other in [format!("x%2F{id}"), format!("%2F{id}"), format!("{id}%2F")] {
            let _ = api.order(&other).await.problem(404, "order-not-found");
        }
    }
}

#[tokio::test]
async fn a_slash_that_api_gateway_has_decoded_is_part_of_the_id() {
    let system = System::shared();
    let id = system.api().new_order().await.order_id();
    for (function, file) in [("get-order", "get-order.json"), ("patch-order", "patch-order-paid.json")] {
        // The last one looks like an order below the base `/orders`.
        for parameter in [format!("x/{id}"), format!("/{id}"), format!("orders/{id}")] {
            let mut event = orders_tests::event(file);
            event["rawPath"] = format!("/orders/{parameter}").into();
            event["pathParameters"] = serde_json::json!({ "id": parameter });
            let result = system.function(function).invoke(event).await.expect("a result");
            assert_eq!(result["statusCode"], 404, "{function} {parameter}: {result}");
        }
    }
    assert_eq!(system.api().order(&id).await.json()["version"], 1);
}

#[tokio::test]
async fn claims_that_are_no_text_do_not_make_a_request_malformed() {
    let system = System::shared();
    let id = system.api().new_order().await.order_id();
    let mut event = orders_tests::event("get-order.json");
    event["rawPath"] = format!("/orders/{id}").into();
    event["requestContext"]["authorizer"] = serde_json::json!({ "jwt": { "claims": { "exp": 123_456, "admin": true, "scope": ["a"] }, "scopes": null } });
    event["requestContext"]["timeEpoch"] = serde_json::Value::Null;
    let result = system.function("get-order").invoke(event).await.expect("a result");
    assert_eq!(result["statusCode"], 200, "{result}");
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
    assert_eq!(problem["instance"], "/prod/nowhere", "a reference that resolves against the URL");
}

#[tokio::test]
async fn the_location_of_an_order_is_below_the_base_of_the_api() {
    let system = System::shared();
    let created = async |mut event: serde_json::Value, members: &[(&str, &str)]| {
        event["headers"]["idempotency-key"] = fresh_key().into();
        for (pointer, value) in members {
            let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
            event.pointer_mut(parent).expect(parent)[member] = (*value).into();
        }
        let result = system.function("create-order").invoke(event).await.expect("a result");
        assert_eq!(result["statusCode"], 201, "{result}");
        let order: serde_json::Value =
            serde_json::from_str(result["body"].as_str().expect("a body")).expect("JSON");
        let headers = [&result["headers"]["location"], &result["multiValueHeaders"]["location"][0]];
        let location = headers.into_iter().find_map(|value| value.as_str()).expect("a location").to_owned();
        let id = order["order_id"].as_str().expect("an id");
        location.strip_suffix(&format!("/orders/{id}")).expect(&location).to_owned()
    };
    let (v2, v1) = (
        || orders_tests::event("create-order.json"),
        || orders_tests::event("create-order-rest-api-v1.json"),
    );
    // Format 2.0: the path has the stage, unless it is `$default`, or the mapping key of a domain name.
    assert_eq!(created(v2(), &[]).await, "");
    let stage = ("/requestContext/stage", "prod");
    assert_eq!(created(v2(), &[stage, ("/rawPath", "/prod/orders")]).await, "/prod");
    assert_eq!(created(v2(), &[stage]).await, "", "a domain name that maps its root to the stage");
    assert_eq!(created(v2(), &[stage, ("/rawPath", "/shop/v1/orders")]).await, "/shop/v1");
    assert_eq!(
        created(v2(), &[("/requestContext/stage", "orders"), ("/rawPath", "/orders/orders")]).await,
        "/orders"
    );
    assert_eq!(created(v2(), &[("/rawPath", "/a b/orders")]).await, "/a%20b");
    // Format 1.0: only the path in the context has the stage.
    assert_eq!(created(v1(), &[("/requestContext/path", "/orders")]).await, "");
    assert_eq!(created(v1(), &[("/requestContext/path", "/prod/orders")]).await, "/prod");
    let mapped = [("/path", "/shop/orders"), ("/requestContext/path", "/shop/orders")];
    assert_eq!(created(v1(), &mapped).await, "/shop", "the base path of a domain name");
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
