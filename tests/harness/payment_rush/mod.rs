//! Many payments at once: duplicates, any sequence, cancellations, refunds and charges in between, and kills.

mod provider;
mod report;
mod requests;
mod story;

pub use report::PaymentReport;

use crate::{PaymentEndpoint, Shop, fresh_key};
use fastrand::Rng;
use futures::future::join_all;
use http::Method;
use mongodb::bson::doc;
use provider::RushProvider;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use story::Story;

/// Number of orders that are placed and paid at the same time.
const ORDERS_AT_ONCE: usize = 20;
/// Total of an order, in cents.
const TOTAL: u64 = 1_000;
/// Units that each order holds.
const UNITS: i64 = 2;
/// Units of the product, more than all orders need.
const STOCK: i64 = 100_000;
/// Functions that are killed at random.
const KILLED: [&str; 6] = [
    "receive-payment",
    "receive-payment",
    "patch-order",
    "order-payments",
    "record-payment-facts",
    "sweep-orders",
];
/// Maximum number of attempts at a request while functions are killed.
const MAX_ATTEMPTS: usize = 100;

/// Rush of payments.
struct Rush {
    provider: RushProvider,
    sku: String,
    /// `true` while orders are placed and paid.
    is_open: AtomicBool,
    /// Number of kills to make.
    kills: usize,
    killed: AtomicUsize,
    /// Webhooks that were delivered, and the attempts.
    webhooks: AtomicUsize,
    attempts: AtomicUsize,
    /// Answers that were given to `record-payment-facts`.
    answers: AtomicUsize,
}

/// Order of a rush.
struct Paid {
    id: String,
    /// Body of the request to refund it, and its key.
    refund: Option<(Value, String)>,
    /// Ids of the refunds that the responses to this key have named.
    refund_ids: BTreeSet<String>,
}

impl Shop {
    /// Places orders, and pays them by webhooks in random sequence, twice each, and by charges. A third is cancelled, and two
    /// thirds are refunded in between, each request repeated with its key. A provider carries out the requests of the orders.
    /// Meanwhile functions are killed. Then checks that every order and every unit of stock is what the provider's ledger and
    /// the orders say.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn pay_at_once(&self, orders: usize, kills: usize) -> PaymentReport {
        let rush = Rush {
            provider: RushProvider::new(PaymentEndpoint::create("default", "standard").await),
            sku: self.product_with(STOCK).await,
            is_open: AtomicBool::new(true),
            kills,
            killed: AtomicUsize::new(0),
            webhooks: AtomicUsize::new(0),
            attempts: AtomicUsize::new(0),
            answers: AtomicUsize::new(0),
        };
        let paying = self.live_all(&rush, orders);
        let (paid, (), ()) = futures::join!(paying, self.kill_functions(&rush), self.serve_while_open(&rush));
        self.settle_payments(&rush).await;
        // A repetition at last refunds nothing more.
        for order in paid.iter().filter(|order| !order.refund_ids.is_empty()) {
            let (body, key) = order.refund.as_ref().expect("a refund");
            let told = self.refund(&order.id, key, body).await;
            assert_eq!(
                told.as_ref(),
                order.refund_ids.first(),
                "a key names one refund: {:?}",
                order.refund_ids
            );
            assert_eq!(order.refund_ids.len(), 1);
        }
        self.report(&rush, &paid).await
    }

    async fn live_all(&self, rush: &Rush, orders: usize) -> Vec<Paid> {
        let mut paid: Vec<Paid> = Vec::new();
        while paid.len() < orders || rush.killed.load(Ordering::Relaxed) < rush.kills {
            let next = paid.len()..paid.len() + ORDERS_AT_ONCE;
            paid.extend(join_all(next.map(|number| self.live(rush, number))).await);
        }
        rush.is_open.store(false, Ordering::Relaxed);
        paid
    }

    /// Lives through the story of one order.
    async fn live(&self, rush: &Rush, number: usize) -> Paid {
        let body =
            json!({ "customer_id": "c-1", "currency": "EUR", "items": [{ "sku": rush.sku, "qty": UNITS }] });
        let placed = self.post_until("/orders", &fresh_key(), &body, 201, 201).await.expect("an order");
        let id = placed["order_id"].as_str().expect("an id").to_owned();
        let mut rng = Rng::with_seed(number as u64);
        let mut story = Story::of(&rush.provider, &id, &rush.sku, number);
        let refund = story.refund.take().map(|body| (body, fresh_key()));
        let mut pause = || tokio::time::sleep(Duration::from_millis(rng.u64(..60)));
        let (before_cancel, before_charge, before_refund) = (pause(), pause(), pause());
        let cancel = async {
            before_cancel.await;
            if story.is_cancelled {
                self.cancel_until_done(&id).await;
            }
        };
        let charge = async {
            before_charge.await;
            if let Some(body) = &story.charge {
                self.charge_twice(&id, body).await;
            }
        };
        let refund_early = async {
            before_refund.await;
            let Some((body, key)) = &refund else { return [None, None] };
            futures::join!(self.refund(&id, key, body), self.refund(&id, key, body)).into()
        };
        let delivered = join_all(story.webhooks.iter().map(|body| self.deliver(rush, body)));
        let (_, (), (), early) = futures::join!(delivered, cancel, charge, refund_early);
        let mut refund_ids: BTreeSet<_> = early.into_iter().flatten().collect();
        // Now the money may be there.
        if let Some((body, key)) = &refund {
            refund_ids.extend(self.refund(&id, key, body).await);
        }
        Paid { id, refund, refund_ids }
    }

    /// Charges an order by two requests with one key at the same time.
    async fn charge_twice(&self, id: &str, body: &Value) {
        let (path, key) = (format!("/orders/{id}/payments"), fresh_key());
        let ask = async || {
            let charge = self.post_until(&path, &key, body, 202, 409).await?;
            Some(charge["payment_request_id"].clone())
        };
        if let (Some(one), Some(other)) = futures::join!(ask(), ask()) {
            assert_eq!(one, other, "a key makes one charge");
        }
    }

    /// Asks for a refund. Returns its id; `None` when it is refused.
    async fn refund(&self, id: &str, key: &str, body: &Value) -> Option<String> {
        let told = self.post_until(&format!("/orders/{id}/refunds"), key, body, 201, 409).await;
        told.map(|refund| refund["refund_id"].as_str().expect("an id").to_owned())
    }

    /// Sends a webhook until it is accepted, like a provider.
    async fn deliver(&self, rush: &Rush, body: &str) {
        let endpoint = &rush.provider.endpoint;
        for _ in 0..MAX_ATTEMPTS {
            rush.attempts.fetch_add(1, Ordering::Relaxed);
            let headers = endpoint.sign(body.as_bytes(), crate::now());
            let mut all: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            all.push(("content-type", "application/json"));
            match self.api.attempt(Method::POST, &endpoint.path(), &all, body).await {
                Ok(reply) if reply.status == 204 => {
                    rush.webhooks.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                Ok(reply) => assert_eq!(reply.status, 503, "{}", reply.body),
                // The function was killed.
                Err(_) => {}
            }
        }
        panic!("a webhook is never accepted: {body}");
    }

    /// Repeats a request until it succeeds; returns `None` when it is refused.
    async fn post_until(
        &self,
        path: &str,
        key: &str,
        body: &Value,
        success: u16,
        refusal: u16,
    ) -> Option<Value> {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        for _ in 0..MAX_ATTEMPTS {
            match self.api.attempt(Method::POST, path, &headers, body.to_string()).await {
                Ok(reply) if reply.status == success => return Some(reply.json()),
                Ok(reply) if reply.status == refusal => return None,
                Ok(reply) => assert_eq!(reply.status, 503, "{}", reply.body),
                // The function was killed.
                Err(_) => {}
            }
        }
        panic!("no {success} for {path} {body}");
    }

    /// Cancels an order at whatever version it is.
    async fn cancel_until_done(&self, id: &str) {
        let (path, body) = (format!("/orders/{id}"), json!({ "status": "CANCELLED" }).to_string());
        for _ in 0..MAX_ATTEMPTS {
            let order = self.api.order(id).await.json();
            if order["status"] == "CANCELLED" {
                return;
            }
            let version = order["version"].to_string();
            let headers = [("content-type", "application/json"), ("if-match", &*version)];
            // A killed function may have cancelled the order; the next reading shows it.
            let _ = self.api.attempt(Method::PATCH, &path, &headers, body.clone()).await;
        }
        panic!("{id} is never cancelled");
    }

    /// Kills functions at random, and sweeps in between, while orders are left.
    async fn kill_functions(&self, rush: &Rush) {
        let mut rng = Rng::with_seed(7);
        while rush.is_open.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(rng.u64(..40))).await;
            let name = KILLED[rng.usize(..KILLED.len())];
            let function = self.system.function(name);
            let (instance, pause) = (rng.usize(..), Duration::from_millis(rng.u64(..40)));
            let kill = || rush.killed.load(Ordering::Relaxed) < rush.kills && function.kill_working(instance);
            let is_killed = if name == "sweep-orders" {
                // Not each time: the queue would be full of repetitions.
                if rng.u8(..10) == 0 {
                    self.make_payment_tasks_due().await;
                }
                // A killed sweep has no report.
                let (_, is_killed) = futures::join!(function.invoke(json!({})), async {
                    tokio::time::sleep(pause).await;
                    kill()
                });
                is_killed
            } else {
                kill()
            };
            rush.killed.fetch_add(usize::from(is_killed), Ordering::Relaxed);
        }
    }

    async fn report(&self, rush: &Rush, paid: &[Paid]) -> PaymentReport {
        let count = |number: &AtomicUsize| number.load(Ordering::Relaxed);
        let (requests, repetitions) = rush.provider.requests();
        let mut report = PaymentReport {
            orders: paid.len(),
            webhooks: count(&rush.webhooks),
            attempts: count(&rush.attempts),
            answers: count(&rush.answers),
            kills: count(&rush.killed),
            requests,
            repetitions,
            over_refunded: rush.provider.overdrawn(),
            ..PaymentReport::default()
        };
        self.assert_settled().await;
        let mut held = 0;
        for Paid { id, .. } in paid {
            held += report.add(self, &rush.provider, id).await;
        }
        let [available, reserved, committed] = self.units(&rush.sku).await;
        assert_eq!((available + reserved, reserved, committed), (STOCK, held, 0), "every unit");
        let ids: Vec<_> = paid.iter().map(|order| order.id.as_str()).collect();
        let due = doc! { "_id": { "$in": ids }, "refund_due": { "$exists": true } };
        let due = self.system.orders().await.count_documents(due).await.expect("a count");
        assert_eq!(due, report.refund_due as u64, "whoever gives money back finds exactly what is due");
        report
    }
}
