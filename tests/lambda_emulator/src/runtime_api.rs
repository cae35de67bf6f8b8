//! Runtime API, version 2018-06-01.

use crate::queue::{Invocation, Response};
use crate::state::{Running, State as Shared};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response as HttpResponse};
use axum::routing::{get, post};
use std::sync::Arc;
use std::time::{Instant, UNIX_EPOCH};
use uuid::Uuid;

pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
}

/// Responds when an event is available or the process has ended.
async fn next(State(shared): State<Arc<Shared>>) -> HttpResponse {
    shared.status.polled();
    let invocation = tokio::select! {
        biased;
        () = shared.status.until_ended() => None,
        invocation = shared.queue.next() => invocation,
    };
    let Some(Invocation { event, deadline, response }) = invocation else {
        return StatusCode::GONE.into_response();
    };
    let id = Uuid::new_v4().to_string();
    let deadline_ms = deadline.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let header = |name| HeaderName::from_static(name);
    let headers = [
        (header("content-type"), "application/json".to_owned()),
        (header("lambda-runtime-aws-request-id"), id.clone()),
        (header("lambda-runtime-deadline-ms"), deadline_ms.to_string()),
        (header("lambda-runtime-invoked-function-arn"), "arn:aws:lambda:us-east-1:1:function:f".into()),
        (header("lambda-runtime-trace-id"), "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0".into()),
    ];
    shared.status.delivered();
    shared.invoked.notify_waiters();
    shared.begin(Running { id, delivered_at: Instant::now(), response });
    (headers, event).into_response()
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    finish(&shared, &id, Ok(body))
}

async fn error(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    finish(&shared, &id, Err(body))
}

fn finish(shared: &Shared, id: &str, result: Result<Bytes, Bytes>) -> StatusCode {
    let responded_at = Instant::now();
    let Some(Running { delivered_at, response, .. }) = shared.finish(id) else {
        return StatusCode::BAD_REQUEST;
    };
    // After a timeout no caller waits for the response.
    let _ = response.send(Response { result, delivered_at, responded_at });
    StatusCode::ACCEPTED
}

async fn init_error(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    shared.status.init_failed(body);
    StatusCode::ACCEPTED
}
