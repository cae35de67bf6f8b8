//! Hook of a deployment: tests real versions on the emulator, and reports to CodeDeploy, which the emulator lacks.

use crate::stack;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use orders_tests::{Function, event};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;

/// Fake of CodeDeploy, in front of the emulator's Lambda.
#[derive(Clone, Default)]
struct Endpoint {
    reports: Arc<Mutex<Vec<Value>>>,
    /// Deployment group of every deployment; `None` for a deployment that is unknown.
    group: Option<&'static str>,
    /// Number of invocations that Lambda still refuses, as when the concurrency is used up.
    refusals: Arc<AtomicUsize>,
    /// `true` for a Lambda that never responds, as when a function hangs during its start.
    hangs: bool,
}

impl Endpoint {
    /// Starts the endpoint. Every request that is not for CodeDeploy goes to `upstream`.
    async fn start(self, upstream: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let respond = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let (endpoint, client, upstream) = (self.clone(), client.clone(), upstream.clone());
            async move {
                let target = headers.get("x-amz-target").and_then(|it| it.to_str().ok()).unwrap_or_default();
                match target.strip_prefix("CodeDeploy_20141006.") {
                    Some(operation) => endpoint.code_deploy(operation, &body),
                    None if endpoint.hangs => std::future::pending().await,
                    None if endpoint.refuses() => (StatusCode::TOO_MANY_REQUESTS, "busy".into()),
                    None => {
                        let request = client.request(method, format!("{upstream}{uri}"));
                        let response = request.headers(headers).body(body).send().await.expect("a response");
                        (response.status(), response.bytes().await.expect("a body"))
                    }
                }
            }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(respond)).await });
        url
    }

    fn code_deploy(&self, operation: &str, body: &[u8]) -> (StatusCode, Bytes) {
        let body: Value = serde_json::from_slice(body).expect("JSON");
        match (operation, self.group) {
            ("PutLifecycleEventHookExecutionStatus", _) => {
                self.reports.lock().expect("a lock").push(body);
                (StatusCode::OK, "{}".into())
            }
            ("GetDeployment", Some(group)) => {
                let deployment = json!({ "deploymentInfo": { "deploymentGroupName": group } });
                (StatusCode::OK, deployment.to_string().into())
            }
            _ => (StatusCode::BAD_REQUEST, "DeploymentDoesNotExistException".into()),
        }
    }

    fn refuses(&self) -> bool {
        self.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok()
    }
}

/// Runs the hook. Returns the status that it reported, and the version that failed.
async fn run(endpoint: Endpoint, versions: &str) -> (String, Value) {
    let url = endpoint.clone().start(stack().aws_endpoint_url.clone()).await;
    let env = [
        ("VERSIONS", versions),
        ("AWS_ENDPOINT_URL", &url),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let hook = Function::start("pre-traffic", &env, 1, Duration::from_mins(1));
    let event = event("pre-traffic.json");
    let result = hook.invoke(event.clone()).await.expect("a result");
    let reports = endpoint.reports.lock().expect("a lock").clone();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert_eq!(reports[0]["deploymentId"], event["DeploymentId"]);
    assert_eq!(reports[0]["lifecycleEventHookExecutionId"], event["LifecycleEventHookExecutionId"]);
    (reports[0]["status"].as_str().expect("a status").to_owned(), result["failed"].clone())
}

/// Returns the ARNs of the versions behind `live`, separated by commas.
async fn versions(names: &[&str]) -> String {
    let mut arns = Vec::new();
    for name in names {
        let path = format!("functions/orders-local-{name}/configuration?Qualifier=live");
        let function = stack().lambda(Method::GET, &path, None).await;
        arns.push(function["FunctionArn"].as_str().expect("an ARN").to_owned());
    }
    arns.join(",")
}

/// Returns name and number of a version.
fn name_of(arn: &str) -> String {
    arn.split(':').skip(6).collect::<Vec<_>>().join(":")
}

#[tokio::test]
async fn a_version_gets_traffic_only_after_it_has_answered_two_requests() {
    let succeeded = ("Succeeded".to_owned(), Value::Null);
    let names = [
        "create-order",
        "list-orders",
        "get-order",
        "patch-order",
        "order-payments",
        "docs",
        "health",
        "fallback",
    ];
    let good = versions(&names).await;
    assert_eq!(run(Endpoint::default(), &good).await, succeeded, "all, because the deployment is unknown");

    // The relay responds, but not to HTTP; and a version that does not exist can't be invoked.
    let relay = versions(&["relay"]).await;
    let unknown = format!("{}9", versions(&["docs"]).await);
    for bad in [&relay, &unknown] {
        let result = run(Endpoint::default(), &format!("{good},{bad}")).await;
        assert_eq!(result, ("Failed".to_owned(), json!(name_of(bad))));
    }

    // Only the function of the deployment is tested: each function has a deployment, and a run, of its own.
    let both = format!("{relay},{}", versions(&["get-order"]).await);
    let endpoint = |group| Endpoint { group: Some(group), ..Endpoint::default() };
    assert_eq!(run(endpoint("orders-local-GetOrderDeploymentGroup-1A2B"), &both).await, succeeded);
    let (status, _) = run(endpoint("orders-local-RelayDeploymentGroup-1A2B"), &both).await;
    assert_eq!(status, "Failed");
}

#[tokio::test]
async fn an_invocation_that_lambda_refuses_for_now_is_repeated() {
    let docs = versions(&["docs"]).await;
    let endpoint =
        |refusals| Endpoint { refusals: Arc::new(AtomicUsize::new(refusals)), ..Endpoint::default() };
    assert_eq!(run(endpoint(2), &docs).await.0, "Succeeded");
    assert_eq!(run(endpoint(100), &docs).await, ("Failed".to_owned(), json!(name_of(&docs))));
}

#[tokio::test]
async fn a_version_that_never_responds_is_reported_before_the_hook_times_out() {
    let docs = versions(&["docs"]).await;
    let endpoint = Endpoint { hangs: true, ..Endpoint::default() };
    assert_eq!(run(endpoint, &docs).await, ("Failed".to_owned(), json!(name_of(&docs))));
}
