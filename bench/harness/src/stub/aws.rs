//! DynamoDB and EventBridge, by the operations that the functions use.

use crate::stub::wait;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::serve::ListenerExt as _;
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

/// The bus of EventBridge.
#[derive(Debug, Default)]
pub(crate) struct Bus {
    is_down: AtomicBool,
}

impl Bus {
    /// From now on it accepts no event, or every event again.
    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }
}

/// Serves on a free port, until the process ends.
pub(crate) async fn serve(delay: Duration) -> io::Result<(SocketAddr, Arc<Bus>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| {
        // An answer must not wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
    });
    let bus = Arc::new(Bus::default());
    let answering = Arc::clone(&bus);
    let router = Router::new().fallback(move |headers: HeaderMap, body: Bytes| async move {
        wait(delay).await;
        respond(&headers, &body, &answering)
    });
    tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    Ok((address, bus))
}

fn respond(headers: &HeaderMap, body: &Bytes, bus: &Bus) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or("application/json");
    let headers = [(HeaderName::from_static("content-type"), kind.to_owned())];
    match answer(operation, &serde_json::from_slice(body).unwrap_or_default(), bus) {
        Some(answer) => (headers, answer.to_string()).into_response(),
        None => {
            (StatusCode::BAD_REQUEST, headers, json!({ "__type": "UnknownOperationException" }).to_string())
                .into_response()
        }
    }
}

fn answer(operation: &str, request: &Value, bus: &Bus) -> Option<Value> {
    match operation {
        // Every key is free, and nothing is there.
        "PutItem" | "GetItem" => Some(json!({})),
        "PutEvents" => {
            let count = request["Entries"].as_array().map_or(0, Vec::len);
            let (failed, entry) = if bus.is_down.load(Ordering::SeqCst) {
                (count, json!({ "ErrorCode": "InternalFailure", "ErrorMessage": "the bus is down" }))
            } else {
                (0, json!({ "EventId": "11710aed-b79e-4468-a20b-bb3c0c3b4860" }))
            };
            Some(json!({ "FailedEntryCount": failed, "Entries": vec![entry; count] }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_gets_an_id_unless_the_bus_is_down() {
        let bus = Bus::default();
        let put = || answer("PutEvents", &json!({ "Entries": [{}, {}] }), &bus).expect("an answer");
        assert_eq!(put()["Entries"].as_array().map(Vec::len), Some(2));
        assert_eq!(put()["FailedEntryCount"], 0);
        bus.set_down(true);
        assert_eq!(put()["FailedEntryCount"], 2);
    }
}
