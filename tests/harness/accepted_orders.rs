//! Orders that are accepted, and their messages to the processor.

use crate::{Api, Reply, System, event};
use http::Method;
use serde_json::{Value, json};

impl Api {
    /// Sends `POST /orders` with a key, and the preference that the order is processed later.
    pub async fn order_later(&self, key: &str, body: &Value) -> Reply {
        let headers =
            [("content-type", "application/json"), ("idempotency-key", key), ("prefer", "respond-async")];
        self.send(Method::POST, "/orders", &headers, body.to_string()).await
    }
}

impl System {
    /// Invokes the processor with messages. Returns the ids of those that it wants again: an id is the index.
    ///
    /// # Panics
    ///
    /// When it has no result.
    pub async fn process(&self, messages: &[String]) -> Vec<String> {
        let result = self.function("process-orders").invoke(accepted_batch(messages)).await;
        let result = result.expect("a result");
        let failures = result["batchItemFailures"].as_array().expect("a list").iter();
        failures.map(|it| it["itemIdentifier"].as_str().expect("an id").to_owned()).collect()
    }
}

/// Returns the message of an order of the default tenant that was accepted with a key.
#[must_use]
pub fn accepted_message(key: &str, order_id: &str) -> String {
    let claim = format!("default#{key}");
    json!({ "v": 1, "tenant": "default", "order_id": order_id, "claim": claim }).to_string()
}

/// Returns an event of the processor with these messages. The id of a message is its index.
#[must_use]
pub fn accepted_batch(messages: &[String]) -> Value {
    let mut batch = event("process-orders.json");
    let template = batch["Records"][0].clone();
    let record = |(index, body): (usize, &String)| {
        let mut record = template.clone();
        (record["messageId"], record["body"]) = (index.to_string().into(), body.clone().into());
        record
    };
    batch["Records"] = messages.iter().enumerate().map(record).collect();
    batch
}
