//! Log lines and metrics.

use http::Method;
use orders_tests::{
    Fault, FaultProxy, GOOD_ORDER, PaymentEndpoint, System, TestServers, accepted_message, eventually,
    fresh_key, log_file,
};
use serde_json::Value;

/// Returns the JSON lines of a function's log that contain a text.
fn lines(function: &str, text: &str) -> Vec<Value> {
    std::fs::read_to_string(log_file(function))
        .expect("a log")
        .lines()
        .filter(|line| line.contains(text))
        .map(|line| serde_json::from_str(line).expect("a line of JSON"))
        .collect()
}

/// Returns the only line of a request.
pub(crate) async fn line_of(function: &str, request_id: &str) -> Value {
    let lines = eventually("the line of the request", async || {
        Some(lines(function, request_id)).filter(|lines| !lines.is_empty())
    })
    .await;
    assert_eq!(lines.len(), 1, "one line for each request");
    lines[0].clone()
}

#[tokio::test]
async fn a_request_is_logged_in_one_line_without_its_body() {
    let api = System::shared().api();
    let request_id = fresh_key();
    let mut body = GOOD_ORDER.clone();
    body["customer_id"] = "nobody-may-log-this".into();
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", &fresh_key()),
        ("x-request-id", request_id.as_str()),
    ];
    let reply = api.send(Method::POST, "/orders", &headers, body.to_string()).await;
    let line = line_of("create-order", &request_id).await;
    assert_eq!(line["action"], "create-order");
    assert_eq!(line["order_id"], reply.order_id());
    assert_eq!(line["status"], 201);
    assert_eq!((&line["method"], &line["path"]), (&"POST".into(), &"/orders".into()));
    assert_eq!(line["level"], "INFO");
    assert!(line["timestamp"].is_string() && line["trace_id"].is_string());
    assert!(line["latency_ms"].is_f64() && line["cold_start"].is_boolean());
    assert_eq!(lines("create-order", "nobody-may-log-this"), [Value::Null; 0]);
}

#[tokio::test]
async fn a_problem_is_logged_with_its_code() {
    let api = System::shared().api();
    let request_id = fresh_key();
    let _ = api.send(Method::GET, "/orders/1", &[("x-request-id", &request_id)], "").await;
    let line = line_of("get-order", &request_id).await;
    assert_eq!((&line["status"], &line["error_code"]), (&404.into(), &"order-not-found".into()));
    assert_eq!(line["path"], "/orders/{id}");
}

#[tokio::test]
async fn metrics_are_in_the_embedded_metric_format() {
    let api = System::shared().api();
    let created = api.new_order().await;
    assert_eq!(api.change(&created.order_id(), 1, "PAID", &[]).await.status, 200);
    process_an_accepted_order().await;
    for (function, metric, member, value) in [
        ("create-order", "http_requests_total", "status", "201"),
        ("create-order", "order_state_transitions_total", "to", "CREATED"),
        ("create-order", "idempotency_hits_total", "result", "miss"),
        ("create-order", "mongo_ops_latency_ms", "operation", "insert"),
        ("process-orders", "order_state_transitions_total", "to", "CREATED"),
        ("process-orders", "orders_processed_total", "outcome", "created"),
        ("patch-order", "order_state_transitions_total", "from", "CREATED"),
        ("patch-order", "http_requests_total", "path", "/orders/{id}"),
    ] {
        eventually(metric, async || {
            let lines = lines(function, metric);
            let line = lines.iter().find(|line| line[member] == value)?;
            assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Orders");
            assert!(!line[metric].is_null(), "{line}");
            Some(())
        })
        .await;
    }
    eventually("published events", async || {
        (!lines("create-order", "events_published_total").is_empty()).then_some(())
    })
    .await;
}

async fn process_an_accepted_order() {
    let (system, key) = (System::shared(), fresh_key());
    let accepted = system.api().order_later(&key, &GOOD_ORDER).await;
    assert_eq!(system.process(&[accepted_message(&key, &accepted.order_id())]).await, [""; 0]);
}

#[tokio::test]
async fn a_refund_that_has_failed_is_counted_for_the_alarm_once() {
    let api = System::shared().api();
    let endpoint = PaymentEndpoint::create("default", "standard").await;
    let (id, pay) = (api.new_order().await.order_id(), fresh_key());
    let captured = endpoint.about_payment("captured", &pay, &id, 1998).to_string();
    let mut failed = endpoint.about_refund(&fresh_key(), &pay, &id, 500);
    failed["type"] = "refund.failed".into();
    for body in [captured, failed.to_string(), failed.to_string()] {
        assert_eq!(endpoint.send(&api, body).await.status, 204);
    }
    let of_order = |line: &&Value| line["order_id"] == *id && line["message"] == "a refund has failed";
    let found = eventually("the line", async || {
        let all = lines("receive-payment", "a refund has failed");
        let count = all.iter().filter(of_order).count();
        (count > 0 && !lines("receive-payment", "payment_requests_refused_total").is_empty()).then_some(count)
    })
    .await;
    assert_eq!(found, 1);
}

#[tokio::test]
async fn an_error_after_the_response_is_logged_with_its_request() {
    let aws = FaultProxy::aws(&TestServers::shared().aws_endpoint_url);
    aws.fail_all_of("PutEvents", Fault::Refuse);
    let system = System::builder().aws_endpoint_url(aws.aws_endpoint_url()).start();
    let (key, request_id) = (fresh_key(), fresh_key());
    let headers =
        [("content-type", "application/json"), ("idempotency-key", &*key), ("x-request-id", &*request_id)];
    let created = system.api().send(Method::POST, "/orders", &headers, GOOD_ORDER.to_string()).await;
    assert_eq!(created.status, 201);
    let line = eventually("the line", async || {
        let text = std::fs::read_to_string(log_file("create-order")).unwrap_or_default();
        let of_request = |line: &&str| line.contains(&request_id) && line.contains("events are left");
        text.lines().find(of_request).and_then(|line| serde_json::from_str::<Value>(line).ok())
    })
    .await;
    assert_eq!((&line["request_id"], &line["order_id"]), (&request_id.into(), &created.order_id().into()));
}
