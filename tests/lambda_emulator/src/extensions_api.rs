//! Extensions API, version 2020-01-01, for internal extensions.

use crate::state::State as Shared;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use std::sync::Arc;

const IDENTIFIER: &str = "lambda-extension-identifier";
/// Identifier of every extension registered for `INVOKE`.
const INVOKED: &str = "00000000-0000-4000-8000-000000000001";
/// Identifier of every other extension.
const NOT_INVOKED: &str = "00000000-0000-4000-8000-000000000002";

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/2020-01-01/extension/register", post(register))
        .route("/2020-01-01/extension/event/next", get(next))
}

async fn register(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let Ok(registration) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let events = registration["events"].as_array();
    let is_invoked = events.is_some_and(|events| events.iter().any(|event| event == "INVOKE"));
    if is_invoked {
        shared.status.registered();
    }
    let identifier = if is_invoked { INVOKED } else { NOT_INVOKED };
    let function = json!({ "functionName": "f", "functionVersion": "$LATEST", "handler": "f" });
    ([(IDENTIFIER, identifier)], function.to_string()).into_response()
}

/// Responds when the function is invoked or the process has ended.
async fn next(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let is_invoked = headers.get(IDENTIFIER).is_some_and(|identifier| identifier == INVOKED);
    // Receives notifications from here on, even before it is polled.
    let invoked = shared.invoked.notified();
    if is_invoked {
        shared.status.polled();
    }
    tokio::select! {
        biased;
        () = shared.status.until_ended() => StatusCode::GONE.into_response(),
        () = invoked, if is_invoked => {
            ([(IDENTIFIER, INVOKED)], json!({ "eventType": "INVOKE" }).to_string()).into_response()
        }
    }
}
