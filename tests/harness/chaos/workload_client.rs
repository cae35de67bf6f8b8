//! Client that places and changes orders. It retries a request, with the same idempotency key, until the API
//! responds.

use crate::{Api, Reply, fresh_key};
use fastrand::Rng;
use http::Method;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

/// Maximum number of times that a request is sent.
const MAX_ATTEMPTS: usize = 500;

pub(crate) struct WorkloadClient {
    api: Api,
    rng: Rng,
}

/// Requests with one idempotency key, and their responses.
#[derive(Debug)]
pub(crate) struct KeyLog {
    pub(crate) key: String,
    /// Order, and its version after the change; `None` for the creation of an order.
    pub(crate) change_of: Option<(String, u64)>,
    /// Number of requests that were sent.
    pub(crate) requests: usize,
    /// Status and body of every final response.
    pub(crate) responses: Vec<(u16, String)>,
}

/// Request without its key.
struct Request {
    method: Method,
    path: String,
    if_match: Option<String>,
    body: Value,
}

impl WorkloadClient {
    pub(crate) fn new(api: Api, seed: u64) -> Self {
        Self { api, rng: Rng::with_seed(seed) }
    }

    /// Places orders and changes them until `should_stop` is set.
    pub(crate) async fn run(mut self, should_stop: &AtomicBool) -> Vec<KeyLog> {
        let mut logs = Vec::new();
        while !should_stop.load(Ordering::SeqCst) {
            let key = fresh_key();
            // The key is also the customer, so that the audit finds the orders of a key.
            let items = json!([{ "sku": "A1", "qty": 2, "price": "9.99" }]);
            let body = json!({ "customer_id": key, "currency": "USD", "items": items });
            let request = Request { method: Method::POST, path: "/orders".to_owned(), if_match: None, body };
            let placed = self.send_until_final(&request, key, None).await;
            let id = placed.responses.first().filter(|(status, _)| *status == 201).map(|(_, body)| {
                let order: Value = serde_json::from_str(body).expect("an order");
                order["order_id"].as_str().expect("an id").to_owned()
            });
            logs.push(placed);
            let Some(id) = id else { continue };
            let last = if self.rng.bool() { "FULFILLED" } else { "CANCELLED" };
            for (expected, target) in [(1, "PAID"), (2, last)] {
                let request = Request {
                    method: Method::PATCH,
                    path: format!("/orders/{id}"),
                    if_match: Some(format!("{expected}")),
                    body: json!({ "status": target }),
                };
                let change = Some((id.clone(), expected + 1));
                logs.push(self.send_until_final(&request, fresh_key(), change).await);
            }
        }
        logs
    }

    /// Sends a request until the response is final. One in four requests is sent twice at once, and
    /// one in four is repeated after its response.
    async fn send_until_final(
        &mut self,
        request: &Request,
        key: String,
        change_of: Option<(String, u64)>,
    ) -> KeyLog {
        let mut log = KeyLog { key, change_of, requests: 0, responses: Vec::new() };
        let mut left = if self.rng.u8(..4) == 0 { 2 } else { 1 };
        while left > 0 && log.requests < MAX_ATTEMPTS {
            let at_once = 1 + usize::from(self.rng.u8(..4) == 0);
            log.requests += at_once;
            let sent = (0..at_once).map(|_| self.send(request, &log.key));
            let replies = futures::future::join_all(sent).await;
            let responses: Vec<_> = replies.into_iter().flatten().map(|it| (it.status, it.body)).collect();
            left -= usize::from(!responses.is_empty());
            log.responses.extend(responses);
        }
        log
    }

    /// Sends a request once; `None` unless the response is final, which 503 is not.
    async fn send(&self, request: &Request, key: &str) -> Option<Reply> {
        let mut headers = vec![("content-type", "application/json"), ("idempotency-key", key)];
        headers.extend(request.if_match.as_deref().map(|version| ("if-match", version)));
        let method = request.method.clone();
        let reply = self.api.attempt(method, &request.path, &headers, request.body.to_string()).await;
        reply.ok().filter(|reply| reply.status != 503)
    }
}
