//! Hook of a deployment: tests real versions on the emulator, and reports to CodeDeploy, which the emulator lacks.

use crate::stack;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use orders_tests::{Function, event};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

type Reports = Arc<Mutex<Vec<Value>>>;

/// Starts an endpoint that records reports to CodeDeploy, and forwards every other request to `upstream`.
async fn endpoint(upstream: String, reports: Reports) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let respond = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let (client, reports, upstream) = (client.clone(), Arc::clone(&reports), upstream.clone());
        async move {
            if headers
                .get("x-amz-target")
                .is_some_and(|it| it == "CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus")
            {
                reports.lock().expect("a lock").push(serde_json::from_slice(&body).expect("JSON"));
                return (StatusCode::OK, HeaderMap::new(), Bytes::from_static(b"{}"));
            }
            let request = client.request(method, format!("{upstream}{uri}")).headers(headers).body(body);
            let response = request.send().await.expect("a response");
            let (status, headers) = (response.status(), response.headers().clone());
            (status, headers, response.bytes().await.expect("a body"))
        }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(respond)).await });
    url
}

#[tokio::test]
async fn a_version_gets_traffic_only_after_it_has_answered_two_requests() {
    let emulator = stack();
    let reports = Reports::default();
    let url = endpoint(emulator.aws_endpoint_url.clone(), Arc::clone(&reports)).await;
    let versions = async |names: &[&str]| -> Vec<String> {
        let mut arns = Vec::new();
        for name in names {
            let path = format!("functions/orders-local-{name}/configuration?Qualifier=live");
            let function = emulator.lambda(Method::GET, &path, None).await;
            arns.push(function["FunctionArn"].as_str().expect("an ARN").to_owned());
        }
        arns
    };
    let run = async |versions: String| {
        let env = [
            ("VERSIONS", versions.as_str()),
            ("AWS_ENDPOINT_URL", &url),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let hook = Function::start("pre-traffic", &env, 1, Duration::from_mins(1));
        let event = event("pre-traffic.json");
        let result = hook.invoke(event.clone()).await.expect("a result");
        let report = reports.lock().expect("a lock").pop().expect("a report");
        assert_eq!(report["deploymentId"], event["DeploymentId"]);
        assert_eq!(report["lifecycleEventHookExecutionId"], event["LifecycleEventHookExecutionId"]);
        (report["status"].as_str().expect("a status").to_owned(), result["failed"].clone())
    };

    let names = ["create-order", "list-orders", "get-order", "patch-order", "docs", "health", "fallback"];
    let good = versions(&names).await;
    assert_eq!(run(good.join(",")).await, ("Succeeded".to_owned(), json!([])));

    // The relay responds, but not to HTTP; and a version that does not exist can't be invoked.
    let [mut one, relay] = <[String; 2]>::try_from(versions(&["docs", "relay"]).await).expect("two");
    let name_of = |arn: &str| arn.split(':').skip(6).collect::<Vec<_>>().join(":");
    let mixed = format!("{one},{relay}");
    assert_eq!(run(mixed).await, ("Failed".to_owned(), json!([name_of(&relay)])));
    one.push('9');
    assert_eq!(run(one.clone()).await, ("Failed".to_owned(), json!([name_of(&one)])));
}
