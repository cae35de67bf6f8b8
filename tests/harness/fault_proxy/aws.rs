//! Connections to AWS.

use super::entry_rejection::Rejected;
use super::fault::Fault;
use super::state::{RecordedRequest, State};
use axum::body::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpStream;

/// Forwards requests and responses until either side or a fault ends the connection.
pub(super) async fn serve(client: TcpStream, state: &Arc<State>) {
    let service = service_fn(|request| respond(request, state));
    // An error of the service, such as a fault, closes the connection without a response.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(client), service).await;
}

/// Responds as the store does, or with a fault. An error closes the connection.
async fn respond(request: Request<Incoming>, state: &State) -> io::Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    let bytes = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let mut body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let operation = operation(&parts.headers);
    let fault = state.receive(RecordedRequest {
        operation: operation.clone(),
        command: mongodb::bson::Document::new(),
        body: body.clone(),
        at: Instant::now(),
    });
    match fault {
        Some(Fault::Refuse) => return Err(closed()),
        // Waits until the client times out and closes the connection.
        Some(Fault::Hang) => return std::future::pending().await,
        Some(Fault::Respond(error)) => return Ok(error.response()),
        Some(Fault::LoseResponse | Fault::DelayResponse(_)) | None => {}
    }
    let rejected = if operation == "PutEvents" { state.rejection.take_from(&mut body) } else { None };
    let response = match rejected {
        Some(rejected) => send_accepted(&parts, &body, &rejected, state).await?,
        None => send(&parts, bytes, state).await?,
    };
    match fault {
        Some(Fault::DelayResponse(delay)) => tokio::time::sleep(delay).await,
        Some(_) => return Err(closed()),
        None => {}
    }
    Ok(response.map(Full::new))
}

fn closed() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

/// Returns the operation of a request, such as `PutItem` of `DynamoDB_20120810.PutItem`.
fn operation(headers: &HeaderMap) -> String {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default().to_owned()
}

/// Sends the entries that are not rejected, and responds for all of them.
async fn send_accepted(
    parts: &Parts,
    accepted: &Value,
    rejected: &Rejected,
    state: &State,
) -> io::Result<Response<Bytes>> {
    let mut response = if rejected.is_everything() {
        let empty = json!({ "Entries": [] }).to_string();
        let response = Response::builder().header(CONTENT_TYPE, "application/x-amz-json-1.1");
        response.body(empty.into()).map_err(io::Error::other)?
    } else {
        send(parts, accepted.to_string().into(), state).await?
    };
    if response.status() == StatusCode::OK {
        let merged = rejected.merge_into(&serde_json::from_slice(response.body())?);
        *response.body_mut() = merged.to_string().into();
    }
    Ok(response)
}

/// Sends a request to the store.
async fn send(parts: &Parts, body: Bytes, state: &State) -> io::Result<Response<Bytes>> {
    let url = format!("http://{}{}", state.upstream, parts.uri);
    let request = state.http.request(parts.method.clone(), url).headers(without_length(&parts.headers));
    let mut received = request.body(body).send().await.map_err(io::Error::other)?;
    let headers = without_length(received.headers_mut());
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = received.status();
    *response.headers_mut() = headers;
    *response.body_mut() = received.bytes().await.map_err(io::Error::other)?;
    Ok(response)
}

/// Returns the headers that depend neither on the length of the body nor on its encoding.
fn without_length(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    headers.remove(CONTENT_LENGTH);
    headers.remove(TRANSFER_ENCODING);
    headers
}
