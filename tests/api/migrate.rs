//! `migrate`, the function that CloudFormation invokes with each deployment.

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::put;
use orders_tests::{System, event};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Server in place of the presigned S3 URL that receives the responses for CloudFormation.
async fn response_server() -> (String, UnboundedReceiver<(HeaderMap, Value)>) {
    let (sender, receiver) = unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/response?signature=x", listener.local_addr().expect("an address"));
    let take = async move |headers: HeaderMap, body: String| {
        sender.send((headers, serde_json::from_str(&body).expect("JSON"))).expect("an open channel");
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/response", put(take))).await });
    (url, receiver)
}

fn request(kind: &str, url: &str) -> Value {
    let mut event = event("migrate-custom-resource.json");
    event["RequestType"] = kind.into();
    event["ResponseURL"] = url.into();
    if kind != "Create" {
        event["PhysicalResourceId"] = "given-before".into();
        event["OldResourceProperties"] = json!({});
    }
    event
}

#[tokio::test]
async fn success_is_reported_to_cloudformation() {
    let system = System::builder().start();
    let (url, mut responses) = response_server().await;
    for (kind, physical_id) in [("Create", "indexes"), ("Update", "given-before"), ("Delete", "given-before")]
    {
        let request = request(kind, &url);
        system.function("migrate").invoke(request.clone()).await.expect("a result");
        let (headers, response) = responses.recv().await.expect("a response");
        assert_eq!(response["Status"], "SUCCESS", "{kind}: {response}");
        assert_eq!(response["PhysicalResourceId"], physical_id);
        for member in ["StackId", "RequestId", "LogicalResourceId"] {
            assert_eq!(response[member], request[member], "{member}");
        }
        assert!(headers.get("content-type").is_none(), "the signature of the URL does not cover it");
    }
    let indexes = system.orders().await.list_index_names().await.expect("indexes");
    assert_eq!(indexes.len(), 17, "{indexes:?}");
}

#[tokio::test]
async fn a_deletion_does_nothing_and_a_failure_is_reported_with_its_reason() {
    let unreachable = "mongodb://127.0.0.1:1/?directConnection=true";
    let system = System::builder().mongo_uri(unreachable).start();
    let (url, mut responses) = response_server().await;
    let mut outcome = async |kind: &str| {
        system.function("migrate").invoke(request(kind, &url)).await.expect("a result");
        responses.recv().await.expect("a response").1
    };
    assert_eq!(outcome("Delete").await["Status"], "SUCCESS");
    let failed = outcome("Create").await;
    assert_eq!(failed["Status"], "FAILED");
    let reason = failed["Reason"].as_str().expect("a reason");
    assert!(reason.starts_with("DocumentDB is not available: "), "{reason}");
    system.function("migrate").invoke(json!({})).await.expect_err("a failure of the invocation itself");
}
