//! Calls of the emulator without an SDK, for the audit of the chaos test.

use crate::Servers;
pub(crate) use crate::client::http_client;
use serde_json::Value;

/// A call in a JSON protocol, such as `AmazonSQS.ReceiveMessage`; `null` when the answer is empty.
pub(crate) async fn aws_call(client: &reqwest::Client, service: &str, target: &str, body: Value) -> Value {
    let response = client
        .post(&Servers::shared().aws_endpoint_url)
        .header("x-amz-target", target)
        .header("content-type", "application/x-amz-json-1.0")
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request"),
        )
        .body(body.to_string())
        .send()
        .await
        .expect("AWS answers");
    let text = response.text().await.expect("a body");
    serde_json::from_str(&text).unwrap_or(Value::Null)
}
