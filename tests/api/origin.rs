//! An API behind CloudFront: only requests with its secret pass, and the log has the address of the viewer.

use crate::logging::line_of;
use http::Method;
use orders_tests::{GOOD_ORDER, PayloadFormat, RotatingSecret, System, fresh_key};
use serde_json::{Value, json};

/// Text of the secret, as JSON.
const SECRET: &str = "\"from CloudFront\"";

#[tokio::test]
async fn only_requests_through_cloudfront_pass_and_show_their_viewer() {
    let secret = RotatingSecret::create(&json!("from CloudFront")).await;
    for format in [PayloadFormat::V1, PayloadFormat::V2] {
        let system = System::builder().format(format).env("ORIGIN_SECRET_ARN", &secret.arn).start();
        let client = system.api();
        let through = client.clone().with_header("x-origin-secret", SECRET);
        let created = through.create(&fresh_key(), &GOOD_ORDER).await;
        assert_eq!(created.status, 201, "{}", created.body);

        let path = format!("/orders/{}", created.order_id());
        let [passed, rejected] = [fresh_key(), fresh_key()];
        let viewer = ("x-viewer-address", "2001:db8::1");
        let headers = [("x-request-id", passed.as_str()), viewer];
        assert_eq!(through.send(Method::GET, &path, &headers, "").await.status, 200);
        assert_eq!(line_of("get-order", &passed).await["viewer_address"], "2001:db8::1");

        let headers = [("x-request-id", rejected.as_str()), viewer, ("x-origin-secret", "guessed")];
        let _ = client.send(Method::GET, &path, &headers, "").await.problem(403, "not-through-cloudfront");
        let line = line_of("get-order", &rejected).await;
        assert_eq!(line["error_code"], "not-through-cloudfront");
        assert_eq!(line["viewer_address"], Value::Null, "anybody can send the header");
        assert_eq!(line["path"], "/orders/{id}");

        // Every route of a function with data, those to come included.
        let with_data =
            api::ROUTES.iter().filter(|route| route.function != "docs" && route.path != "/healthz");
        for (route, method) in with_data.flat_map(|it| it.methods.iter().map(move |method| (it, *method))) {
            let method: Method = method.parse().expect("a method");
            let reply = client.send(method.clone(), &route.path.replace("{id}", "1"), &[], "").await;
            assert_eq!(reply.status, 403, "{method} {}", route.path);
        }
    }
}

#[tokio::test]
async fn without_cloudfront_the_address_of_a_viewer_is_not_believed() {
    let request_id = fresh_key();
    let headers = [("x-request-id", request_id.as_str()), ("x-viewer-address", "2001:db8::1")];
    let _ = System::shared().api().send(Method::GET, "/orders/1", &headers, "").await;
    assert_eq!(line_of("get-order", &request_id).await["viewer_address"], Value::Null);
}

#[tokio::test]
async fn a_secret_that_can_not_be_read_makes_the_api_unavailable_and_nothing_else() {
    let arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:none-000000";
    let system = System::builder().env("ORIGIN_SECRET_ARN", arn).start();
    let through = system.api().with_header("x-origin-secret", SECRET);
    let problem = through.get("/orders").await.problem(503, "unavailable");
    assert!(!problem.to_string().contains("Secrets"), "{problem}");
    assert_eq!(through.get("/healthz").await.status, 200, "liveness only");
}
