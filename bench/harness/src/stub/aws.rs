//! Stub of DynamoDB, SQS and EventBridge, with the operations that the functions use.

use crate::stub::accepted::{Accepted, sent};
use crate::stub::delay::wait;
use crate::stub::stock::Stock;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::serve::ListenerExt as _;
use serde_json::{Map, Value, json};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

/// Number of updates that the stub has accepted: requests counted for rate limits.
pub(crate) type UpdateCount = Arc<AtomicUsize>;

/// Contents of the stub.
#[derive(Clone, Debug, Default)]
pub(crate) struct Contents {
    pub(crate) updates: UpdateCount,
    pub(crate) stock: Arc<Stock>,
    pub(crate) accepted: Arc<Accepted>,
}

/// Starts the stub on a free port, until this process ends.
pub(crate) async fn serve(delay: Duration) -> io::Result<(SocketAddr, Contents)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| {
        // A response must not wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
    });
    let contents = Contents::default();
    let served = contents.clone();
    let router = Router::new().fallback(move |headers: HeaderMap, body: Bytes| async move {
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let request = serde_json::from_slice(&body).unwrap_or_default();
        let result = if operation == "TransactWriteItems" {
            served.stock.transact(&request, delay).await
        } else {
            wait(delay).await;
            served.result(operation, &request).ok_or_else(|| json!({ "__type": "UnknownOperationException" }))
        };
        if operation == "UpdateItem" && result.is_ok() {
            served.updates.fetch_add(1, Ordering::Relaxed);
        }
        respond(&headers, result)
    });
    tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    Ok((address, contents))
}

fn respond(headers: &HeaderMap, result: Result<Value, Value>) -> Response {
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or("application/json");
    let headers = [(HeaderName::from_static("content-type"), kind.to_owned())];
    match result {
        Ok(result) => (headers, result.to_string()).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, headers, error.to_string()).into_response(),
    }
}

impl Contents {
    /// Returns the result of an operation; `None` for one that the functions don't use.
    fn result(&self, operation: &str, request: &Value) -> Option<Value> {
        match operation {
            // Every key is free, and every table is empty.
            "PutItem" => {
                self.accepted.put(request);
                Some(json!({}))
            }
            "GetItem" => Some(json!({})),
            "BatchGetItem" => Some(self.read(request)),
            // The bucket of every rate limit is idle, so that the update sets its time. Others close a reservation or a
            // claim.
            "UpdateItem" => Some(match &request["ExpressionAttributeValues"][":tat"] {
                Value::Null => json!({}),
                tat => json!({ "Attributes": { "tat": tat } }),
            }),
            "SendMessage" => {
                self.accepted.send(request["MessageBody"].as_str()?.to_owned());
                Some(sent())
            }
            "PutEvents" => {
                let count = request["Entries"].as_array().map_or(0, Vec::len);
                let entries = vec![json!({ "EventId": "11710aed-b79e-4468-a20b-bb3c0c3b4860" }); count];
                Some(json!({ "FailedEntryCount": 0, "Entries": entries }))
            }
            _ => None,
        }
    }

    /// Returns the items of a read: products, and claims of accepted orders.
    fn read(&self, request: &Value) -> Value {
        let tables = request["RequestItems"].as_object().into_iter().flatten();
        let responses = tables.map(|(table, keys)| {
            let items = [self.stock.products(keys), self.accepted.claims(keys)].concat();
            (table.clone(), items.into())
        });
        json!({ "Responses": responses.collect::<Map<_, Value>>(), "UnprocessedKeys": {} })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_returns_the_time_that_it_sets() {
        let request = json!({ "ExpressionAttributeValues": { ":tat": { "N": "7" } } });
        let result = |request: &Value| Contents::default().result("UpdateItem", request);
        assert_eq!(result(&request), Some(json!({ "Attributes": { "tat": { "N": "7" } } })));
        assert_eq!(result(&json!({})), Some(json!({})));
    }

    #[test]
    fn every_event_gets_an_id() {
        let contents = Contents::default();
        let result = contents.result("PutEvents", &json!({ "Entries": [{}, {}] })).expect("a result");
        assert_eq!(result["Entries"].as_array().map(Vec::len), Some(2));
        assert_eq!(result["FailedEntryCount"], 0);
    }
}
