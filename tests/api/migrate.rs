//! The function that CloudFormation invokes with each deployment.

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::put;
use orders_tests::{System, event};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Stands in for the presigned URL of S3 at which CloudFormation waits.
async fn answers() -> (String, UnboundedReceiver<(HeaderMap, Value)>) {
    let (sender, receiver) = unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/answer?signature=x", listener.local_addr().expect("an address"));
    let take = async move |headers: HeaderMap, body: String| {
        sender.send((headers, serde_json::from_str(&body).expect("JSON"))).expect("somebody waits");
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/answer", put(take))).await });
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
async fn cloudformation_is_told_that_the_indexes_are_there() {
    let system = System::builder().start();
    let (url, mut answers) = answers().await;
    for (kind, physical_id) in [("Create", "indexes"), ("Update", "given-before"), ("Delete", "given-before")]
    {
        let request = request(kind, &url);
        system.function("migrate").invoke(request.clone()).await.expect("an answer");
        let (headers, answer) = answers.recv().await.expect("an answer");
        assert_eq!(answer["Status"], "SUCCESS", "{kind}: {answer}");
        assert_eq!(answer["PhysicalResourceId"], physical_id);
        for member in ["StackId", "RequestId", "LogicalResourceId"] {
            assert_eq!(answer[member], request[member], "{member}");
        }
        assert!(headers.get("content-type").is_none(), "it is no part of the URL's signature");
    }
    let indexes = system.orders().await.list_index_names().await.expect("indexes");
    assert_eq!(indexes.len(), 7, "{indexes:?}");
}

#[tokio::test]
async fn a_deletion_does_nothing_and_a_failure_is_told_with_its_reason() {
    let nowhere = "mongodb://127.0.0.1:1/?directConnection=true";
    let system = System::builder().mongo_uri(nowhere).start();
    let (url, mut answers) = answers().await;
    let mut told = async |kind: &str| {
        system.function("migrate").invoke(request(kind, &url)).await.expect("an answer");
        answers.recv().await.expect("an answer").1
    };
    assert_eq!(told("Delete").await["Status"], "SUCCESS");
    let failed = told("Create").await;
    assert_eq!(failed["Status"], "FAILED");
    let reason = failed["Reason"].as_str().expect("a reason");
    assert!(reason.starts_with("DocumentDB is not available: "), "{reason}");
    system.function("migrate").invoke(json!({})).await.expect_err("a failure without anybody else to tell");
}
