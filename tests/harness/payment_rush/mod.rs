//! Many payments at once: duplicates, any sequence, cancellations in between, and kills.

use crate::{PaymentEndpoint, Shop, fresh_key, now};
use fastrand::Rng;
use futures::future::join_all;
use http::Method;
use mongodb::bson::doc;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Number of orders that are placed and paid at the same time.
const ORDERS_AT_ONCE: usize = 20;
/// Total of an order, in cents.
const TOTAL: u64 = 1_000;
/// Units that each order holds.
const UNITS: i64 = 2;
/// Units of the product, more than all orders need.
const STOCK: i64 = 100_000;

/// Result of a rush of payments.
#[derive(Clone, Debug, Default)]
pub struct PaymentReport {
    /// Orders.
    pub orders: usize,
    /// Webhooks that were delivered.
    pub webhooks: usize,
    /// Attempts to deliver them.
    pub attempts: usize,
    /// Processes that were killed.
    pub kills: usize,
    /// Orders whose status is `PAID`.
    pub paid: usize,
    /// Orders whose status is `CANCELLED`.
    pub cancelled: usize,
    /// Orders whose payment is `REFUNDED`.
    pub refunded: usize,
    /// Orders whose payment is `REFUND_DUE`.
    pub refund_due: usize,
    /// Orders whose payment is `UNPAID`.
    pub unpaid: usize,
}

/// Webhooks about an order, and its cancellation.
struct Story {
    /// Webhooks, each to be delivered until it is accepted.
    webhooks: Vec<String>,
    /// `true` for an order that its buyer cancels.
    is_cancelled: bool,
}

impl Shop {
    /// Places orders, and pays them by webhooks in random sequence, twice each. A third is cancelled in between. Meanwhile functions are killed. Then checks that all money is owed, has gone back, or is due to go back, and that
    /// every unit of stock is where the orders say.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn pay_at_once(&self, orders: usize, kills: usize) -> PaymentReport {
        let endpoint = PaymentEndpoint::create("default", "standard").await;
        let sku = self.product_with(STOCK).await;
        let (is_open, killed) = (AtomicBool::new(true), AtomicUsize::new(0));
        let mut report = PaymentReport::default();
        let paying = async {
            let (mut ids, mut counts) = (Vec::new(), (0, 0));
            while ids.len() < orders || killed.load(Ordering::Relaxed) < kills {
                let next =
                    (ids.len()..ids.len() + ORDERS_AT_ONCE).map(|number| self.live(&endpoint, &sku, number));
                for (id, webhooks, attempts) in join_all(next).await {
                    ids.push(id);
                    counts = (counts.0 + webhooks, counts.1 + attempts);
                }
            }
            is_open.store(false, Ordering::Relaxed);
            (ids, counts)
        };
        let ((ids, counts), ()) = futures::join!(paying, self.kill_receivers(&is_open, kills, &killed));
        (report.webhooks, report.attempts) = counts;
        (report.orders, report.kills) = (ids.len(), killed.into_inner());
        for _ in 0..3 {
            let swept = self.sweep().await;
            assert_eq!(swept["failed"], 0, "{swept}");
        }
        self.assert_settled().await;
        for id in &ids {
            self.judge(id, &mut report).await;
        }
        let [available, reserved, committed] = self.units(&sku).await;
        let open = i64::try_from(report.orders - report.cancelled).expect("a number");
        assert_eq!((available + reserved, reserved, committed), (STOCK, UNITS * open, 0), "every unit");
        let orders = self.system.orders().await;
        let due = doc! { "_id": { "$in": &ids }, "refund_due": { "$exists": true } };
        let due = orders.count_documents(due).await.expect("a count");
        assert_eq!(due, report.refund_due as u64, "whoever gives money back finds exactly what is due");
        report
    }

    /// Lives through the story of one order. Returns its id, and the numbers of webhooks and attempts.
    async fn live(&self, endpoint: &PaymentEndpoint, sku: &str, number: usize) -> (String, usize, usize) {
        let body =
            json!({ "customer_id": "c-1", "currency": "EUR", "items": [{ "sku": sku, "qty": UNITS }] });
        let placed = self.post_until("/orders", &[("idempotency-key", &fresh_key())], &body, 201).await;
        let id = placed["order_id"].as_str().expect("an id").to_owned();
        let mut rng = Rng::with_seed(number as u64);
        let mut story = Story::of(endpoint, &id, number);
        rng.shuffle(&mut story.webhooks);
        let cancel = async {
            if story.is_cancelled {
                tokio::time::sleep(Duration::from_millis(rng.u64(..60))).await;
                self.cancel_until_done(&id).await;
            }
        };
        let delivered = join_all(story.webhooks.iter().map(|body| self.deliver(endpoint, body)));
        let (attempts, ()) = futures::join!(delivered, cancel);
        (id, story.webhooks.len(), attempts.into_iter().sum())
    }

    /// Sends a webhook until it is accepted, like a provider. Returns the number of attempts.
    async fn deliver(&self, endpoint: &PaymentEndpoint, body: &str) -> usize {
        for attempt in 1..100 {
            let headers = endpoint.sign(body.as_bytes(), now());
            let mut all: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            all.push(("content-type", "application/json"));
            match self.api.attempt(Method::POST, &endpoint.path(), &all, body).await {
                Ok(reply) if reply.status == 204 => return attempt,
                Ok(reply) => assert_eq!(reply.status, 503, "{}", reply.body),
                // The function was killed.
                Err(_) => {}
            }
        }
        panic!("a webhook is never accepted: {body}");
    }

    async fn post_until(&self, path: &str, more: &[(&str, &str)], body: &Value, status: u16) -> Value {
        let headers = [&[("content-type", "application/json")], more].concat();
        for _ in 0..100 {
            if let Ok(reply) = self.api.attempt(Method::POST, path, &headers, body.to_string()).await
                && reply.status == status
            {
                return reply.json();
            }
        }
        panic!("no {status} for {body}");
    }

    /// Cancels an order at whatever version it is.
    async fn cancel_until_done(&self, id: &str) {
        let (path, body) = (format!("/orders/{id}"), json!({ "status": "CANCELLED" }).to_string());
        for _ in 0..100 {
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

    /// Checks that the money of an order is owed, has gone back, or is due to go back.
    async fn judge(&self, id: &str, report: &mut PaymentReport) {
        let order = self.api.order(id).await.json();
        let payment = &order["payment"];
        let cents = |member: &str| -> u64 {
            let text = payment[member].as_str().expect("an amount").replace('.', "");
            text.parse().expect("cents")
        };
        let kept = cents("captured") - cents("refunded");
        let is_cancelled = order["status"] == "CANCELLED";
        let is_due = payment["status"] == "REFUND_DUE";
        let owed = if is_cancelled { 0 } else { TOTAL };
        assert_eq!(kept > owed, is_due, "{order}");
        assert!(order["status"] != "PAID" || cents("captured") >= TOTAL, "{order}");
        assert!(order["status"] != "CREATED" || kept == 0, "{order}");
        for (count, holds) in [
            (&mut report.paid, order["status"] == "PAID"),
            (&mut report.cancelled, is_cancelled),
            (&mut report.refunded, payment["status"] == "REFUNDED"),
            (&mut report.refund_due, is_due),
            (&mut report.unpaid, payment["status"] == "UNPAID"),
        ] {
            *count += usize::from(holds);
        }
    }

    /// Kills functions at random while orders are left.
    async fn kill_receivers(&self, is_open: &AtomicBool, kills: usize, killed: &AtomicUsize) {
        let mut rng = Rng::with_seed(7);
        while is_open.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(rng.u64(..40))).await;
            let name =
                ["receive-payment", "receive-payment", "receive-payment", "patch-order"][rng.usize(..4)];
            if killed.load(Ordering::Relaxed) < kills
                && self.system.function(name).kill_working(rng.usize(..))
            {
                killed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Story {
    /// Returns the story of the order with a number: paid, declined first, paid twice, declined only, refunded, or authorized late.
    fn of(endpoint: &PaymentEndpoint, id: &str, number: usize) -> Self {
        let (first, second) = (fresh_key(), fresh_key());
        let in_euros = |body: Value| body.to_string().replace("USD", "EUR");
        let about =
            |kind: &str, payment: &str, cents| in_euros(endpoint.about_payment(kind, payment, id, cents));
        let captured = || about("captured", &first, TOTAL);
        let facts = match number % 5 {
            0 => vec![captured(), about("authorized", &first, TOTAL)],
            1 => vec![about("failed", &first, 0), about("captured", &second, TOTAL)],
            2 => vec![captured(), about("captured", &second, TOTAL)],
            3 => vec![about("failed", &first, 0), about("failed", &second, 0)],
            _ => vec![captured(), in_euros(endpoint.about_refund(&fresh_key(), &first, id, TOTAL))],
        };
        let repeated = facts.iter().chain(&facts).cloned().collect();
        Self { webhooks: repeated, is_cancelled: number.is_multiple_of(3) }
    }
}
