//! Concurrent callers of one stock, and the history of their calls and responses.

use crate::{Api, Reply, Shop, fresh_key};
use fastrand::Rng;
use futures::future::join_all;
use http::Method;
use orders_linearizability::{History, Operation, StockCall, StockResponse};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};

/// Number of orders that a caller places.
const ROUNDS: usize = 2;
/// Maximum number of attempts at a call whose response is lost.
const MAX_ATTEMPTS: usize = 4;
/// One in this number of responses is lost on the way to the client.
const LOST_RESPONSE_INTERVAL: u8 = 8;

/// Client of one stock.
struct Caller<'a> {
    api: &'a Api,
    sku: &'a str,
    clock: &'a AtomicU64,
    history: History<StockCall, StockResponse>,
}

/// Runs concurrent callers of a stock, and records their history: they buy, some cancel, some adjust, and all read. The seed
/// decides their calls.
pub async fn record_stock_history(
    api: &Api,
    sku: &str,
    callers: usize,
    seed: u64,
) -> History<StockCall, StockResponse> {
    let clock = &AtomicU64::new(0);
    let callers = (0..callers as u64).map(async |number| {
        let mut caller = Caller { api, sku, clock, history: History::new() };
        caller.call(&mut Rng::with_seed(seed << 16 | number)).await;
        caller.history
    });
    join_all(callers).await.into_iter().flatten().collect()
}

impl Caller<'_> {
    async fn call(&mut self, rng: &mut Rng) {
        for _ in 0..ROUNDS {
            let (key, units) = (fresh_key(), rng.i64(1..=3));
            let mut body = Shop::cart(self.sku);
            body["items"][0]["qty"] = units.into();
            let buy = StockCall::Buy { key: key.clone(), units };
            let order =
                self.repeat(rng, &buy, Method::POST, "/orders", &[("idempotency-key", &key)], &body).await;
            if let Some(order) = order.filter(|order| order.status == 201 && rng.bool()) {
                let path = format!("/orders/{}", order.order_id());
                let headers = [("if-match", "1"), ("idempotency-key", &*key)];
                let cancel = StockCall::Cancel { key: key.clone() };
                self.repeat(rng, &cancel, Method::PATCH, &path, &headers, &json!({ "status": "CANCELLED" }))
                    .await;
            }
            if rng.u8(..3) == 0 {
                let (key, delta) = (fresh_key(), [-2, -1, 1, 2][rng.usize(..4)]);
                let body = json!({ "delta": delta, "reason": "counted" });
                let path = format!("/products/{}/stock-adjustments", self.sku);
                let adjust = StockCall::Adjust { key: key.clone(), delta };
                self.repeat(rng, &adjust, Method::POST, &path, &[("idempotency-key", &key)], &body).await;
            }
            let path = format!("/products/{}/stock", self.sku);
            self.repeat(rng, &StockCall::Read, Method::GET, &path, &[], &Value::Null).await;
        }
    }

    /// Makes a call, and makes it again while its response is lost. Returns the response.
    async fn repeat(
        &mut self,
        rng: &mut Rng,
        call: &StockCall,
        method: Method,
        path: &str,
        more: &[(&str, &str)],
        body: &Value,
    ) -> Option<Reply> {
        let headers = [&[("content-type", "application/json")], more].concat();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        for _ in 0..MAX_ATTEMPTS {
            let called = self.clock.fetch_add(1, Ordering::SeqCst);
            let reply = self.api.attempt(method.clone(), path, &headers, body.clone()).await.ok();
            let reply = reply.filter(|_| rng.u8(..LOST_RESPONSE_INTERVAL) != 0);
            let seen = reply.as_ref().and_then(response);
            let response = seen.map(|seen| (self.clock.fetch_add(1, Ordering::SeqCst), seen));
            let is_known = response.is_some();
            self.history.push(Operation { called, response, call: call.clone() });
            if is_known {
                return reply;
            }
        }
        None
    }
}

/// Returns the outcome that a response reports; `None` when it is unknown.
fn response(reply: &Reply) -> Option<StockResponse> {
    let body = reply.json();
    let number = |value: &Value| value.as_i64().unwrap_or_else(|| panic!("no number in {body}"));
    match (reply.status, body["type"].as_str().and_then(|it| it.rsplit(':').next())) {
        (201, _) if body["order_id"].is_string() => Some(StockResponse::Placed),
        (201, _) => Some(StockResponse::Adjusted),
        (200, _) if body["status"] == "CANCELLED" => Some(StockResponse::Cancelled),
        (200, _) => Some(StockResponse::Units(
            number(&body["stock"]["available"]),
            number(&body["stock"]["reserved"]),
        )),
        (409, Some("insufficient-stock")) => {
            Some(StockResponse::Refused(number(&body["items"][0]["available"])))
        }
        (409, Some("stock-conflict")) => Some(StockResponse::Refused(number(&body["available"]))),
        (503, _) => None,
        _ => panic!("unexpected response: {} {body}", reply.status),
    }
}
