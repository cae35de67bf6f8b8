//! Concurrent writers of one order, and the history of their calls and responses.

use crate::{Api, Reply, fresh_key};
use fastrand::Rng;
use futures::future::join_all;
use mongodb::Collection;
use mongodb::bson::{Document, doc};
use orders_domain::Status;
use orders_linearizability::{History, Operation, OrderCall, OrderResponse};
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};

/// Number of times that a writer reads the order and then changes it.
const ROUNDS: usize = 2;
/// Maximum number of attempts at a change whose response is lost.
const MAX_ATTEMPTS: usize = 3;
/// One in this number of responses is lost on the way to the client, in addition to the faults of the store.
const LOST_RESPONSE_INTERVAL: u8 = 10;

/// A client of one order.
pub trait OrderClient {
    /// Makes a call, and returns the response; `None` when the response is lost.
    fn call(&self, call: &OrderCall) -> impl Future<Output = Option<OrderResponse>> + Send;
}

/// Client of an order over the HTTP API.
pub struct HttpOrderClient {
    /// The API.
    pub api: Api,
    /// Id of the order.
    pub id: String,
}

impl OrderClient for HttpOrderClient {
    async fn call(&self, call: &OrderCall) -> Option<OrderResponse> {
        let path = format!("/orders/{}", self.id);
        let reply = match call {
            OrderCall::Get => self.api.attempt(http::Method::GET, &path, &[], "").await,
            OrderCall::Patch { expected, target, key } => {
                let version = expected.to_string();
                let headers = [
                    ("content-type", "application/json"),
                    ("if-match", version.as_str()),
                    ("idempotency-key", key.as_str()),
                ];
                let body = json!({ "status": target }).to_string();
                self.api.attempt(http::Method::PATCH, &path, &headers, body).await
            }
        };
        reply.ok().as_ref().and_then(order_response)
    }
}

/// Returns the outcome that a response reports; `None` when it is unknown.
fn order_response(reply: &Reply) -> Option<OrderResponse> {
    let body = reply.json();
    let text =
        |member: &str| body[member].as_str().unwrap_or_else(|| panic!("no {member} in {body}")).to_owned();
    let number = |member: &str| body[member].as_u64().unwrap_or_else(|| panic!("no {member} in {body}"));
    match (reply.status, body["type"].as_str().and_then(|it| it.rsplit(':').next())) {
        (200, _) => Some(OrderResponse::Order(number("version"), text("status"))),
        (409, Some("version-conflict")) => Some(OrderResponse::VersionConflict(number("current_version"))),
        (409, Some("idempotency-key-reused")) => Some(OrderResponse::KeyReused),
        (422, Some("invalid-transition")) => Some(OrderResponse::InvalidTransition(text("current_status"))),
        (503, _) => None,
        _ => panic!("unexpected response: {} {body}", reply.status),
    }
}

/// Faulty client that reads first and writes afterwards, without a condition. It loses updates, which the
/// check of a history must find.
pub struct ReadThenWriteClient {
    /// Collection of orders.
    pub orders: Collection<Document>,
    /// Id of the order.
    pub id: String,
}

impl OrderClient for ReadThenWriteClient {
    async fn call(&self, call: &OrderCall) -> Option<OrderResponse> {
        let order = self.orders.find_one(doc! { "_id": &self.id }).await.ok()??;
        let version = u64::try_from(order.get_i64("version").ok()?).ok()?;
        let OrderCall::Patch { expected, target, .. } = call else {
            return Some(OrderResponse::Order(version, order.get_str("status").ok()?.to_owned()));
        };
        if *expected != version {
            return Some(OrderResponse::VersionConflict(version));
        }
        let status: Status = order.get_str("status").ok()?.parse().ok()?;
        if !status.can_become(target.parse().ok()?) {
            return Some(OrderResponse::InvalidTransition(status.to_string()));
        }
        let changed = doc! { "$set": { "status": target, "version": order.get_i64("version").ok()? + 1 } };
        self.orders.update_one(doc! { "_id": &self.id }, changed).await.ok()?;
        Some(OrderResponse::Order(version + 1, (*target).to_owned()))
    }
}

/// Runs concurrent writers of an order, and records their history. The seed decides their calls.
pub async fn record_history(
    client: &impl OrderClient,
    writers: usize,
    seed: u64,
) -> History<OrderCall, OrderResponse> {
    let clock = AtomicU64::new(0);
    let writers =
        (0..writers as u64).map(|writer| write(client, &clock, Rng::with_seed(seed << 16 | writer)));
    join_all(writers).await.into_iter().flatten().collect()
}

async fn write(
    client: &impl OrderClient,
    clock: &AtomicU64,
    mut rng: Rng,
) -> History<OrderCall, OrderResponse> {
    let mut history = History::new();
    let call = async |call: OrderCall, is_lost: bool| {
        let called = clock.fetch_add(1, Ordering::SeqCst);
        let response = client.call(&call).await.filter(|_| !is_lost);
        let response = response.map(|response| (clock.fetch_add(1, Ordering::SeqCst), response));
        Operation { called, response, call }
    };
    let mut expected = 1;
    for _ in 0..ROUNDS {
        let read = call(OrderCall::Get, false).await;
        if let Some((_, OrderResponse::Order(version, _))) = &read.response {
            expected = *version;
        }
        history.push(read);
        let change = OrderCall::Patch {
            expected,
            target: Status::ALL[rng.usize(..Status::ALL.len())].as_str(),
            key: fresh_key(),
        };
        for _ in 0..MAX_ATTEMPTS {
            let changed = call(change.clone(), rng.u8(..LOST_RESPONSE_INTERVAL) == 0).await;
            let has_response = changed.response.is_some();
            history.push(changed);
            if has_response {
                break;
            }
        }
    }
    history
}
