//! Whoever shops meanwhile. What is not answered is sent again, under the same key.

use crate::{Api, Reply, fresh_key};
use fastrand::Rng;
use http::Method;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

/// So often a request is sent at most; a customer who is never answered gives up.
const MOST_REQUESTS: usize = 500;

pub(crate) struct Customer {
    api: Api,
    rng: Rng,
}

/// What became of one key.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) key: String,
    /// The order, and the version that the change was to lead to; nothing for its creation.
    pub(crate) change_of: Option<(String, u64)>,
    pub(crate) requests: usize,
    /// Every answer that settles the matter.
    pub(crate) answers: Vec<(u16, String)>,
}

/// A request under a key.
struct Wish {
    method: Method,
    path: String,
    if_match: Option<String>,
    body: Value,
}

impl Customer {
    pub(crate) fn new(api: Api, seed: u64) -> Self {
        Self { api, rng: Rng::with_seed(seed) }
    }

    /// Places orders and moves them on until it is over.
    pub(crate) async fn shop(mut self, is_over: &AtomicBool) -> Vec<Log> {
        let mut logs = Vec::new();
        while !is_over.load(Ordering::SeqCst) {
            let key = fresh_key();
            // Its customer makes an order known by the key that it was placed with.
            let items = json!([{ "sku": "A1", "qty": 2, "price": "9.99" }]);
            let body = json!({ "customer_id": key, "currency": "USD", "items": items });
            let wish = Wish { method: Method::POST, path: "/orders".to_owned(), if_match: None, body };
            let placed = self.insist(&wish, key, None).await;
            let id = placed.answers.first().filter(|(status, _)| *status == 201).map(|(_, body)| {
                let order: Value = serde_json::from_str(body).expect("an order");
                order["order_id"].as_str().expect("an id").to_owned()
            });
            logs.push(placed);
            let Some(id) = id else { continue };
            let last = if self.rng.bool() { "FULFILLED" } else { "CANCELLED" };
            for (expected, target) in [(1, "PAID"), (2, last)] {
                let wish = Wish {
                    method: Method::PATCH,
                    path: format!("/orders/{id}"),
                    if_match: Some(format!("{expected}")),
                    body: json!({ "status": target }),
                };
                logs.push(self.insist(&wish, fresh_key(), Some((id.clone(), expected + 1))).await);
            }
        }
        logs
    }

    /// Sends a request until it is answered, now and then twice at once, and now and then once more.
    async fn insist(&mut self, wish: &Wish, key: String, change_of: Option<(String, u64)>) -> Log {
        let mut log = Log { key, change_of, requests: 0, answers: Vec::new() };
        let mut left = if self.rng.u8(..4) == 0 { 2 } else { 1 };
        while left > 0 && log.requests < MOST_REQUESTS {
            let at_once = 1 + usize::from(self.rng.u8(..4) == 0);
            log.requests += at_once;
            let sent = (0..at_once).map(|_| self.send(wish, &log.key));
            let answers = futures::future::join_all(sent).await;
            let settled: Vec<_> = answers.into_iter().flatten().map(|it| (it.status, it.body)).collect();
            left -= usize::from(!settled.is_empty());
            log.answers.extend(settled);
        }
        log
    }

    /// An answer that settles the matter: from a function, and not 503.
    async fn send(&self, wish: &Wish, key: &str) -> Option<Reply> {
        let mut headers = vec![("content-type", "application/json"), ("idempotency-key", key)];
        headers.extend(wish.if_match.as_deref().map(|version| ("if-match", version)));
        let reply = self.api.attempt(wish.method.clone(), &wish.path, &headers, wish.body.to_string()).await;
        reply.ok().filter(|reply| reply.status != 503)
    }
}
