//! Shop: a system with a catalog of its own, and a rush of buyers.

use crate::{
    Api, FaultProxy, IdempotencyTable, OwnCatalog, Reply, System, SystemBuilder, TestServers, create_queue,
    eventually, fresh_key,
};
use futures::future::join_all;
use http::Method;
use mongodb::bson::{DateTime, doc};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Longer than a request can take, after which the sweeper completes a reservation.
const MINUTE: Duration = Duration::from_mins(1);
/// Amount of EUR that a customer can order without a review, where orders are screened.
pub(crate) const REVIEW: u32 = 400;
/// Amount of EUR that a customer can order without a rejection, where orders are screened.
pub(crate) const REJECT: u32 = 900;
/// Timeout of the function that processes accepted orders. A debug build on a busy machine needs longer than one on AWS.
const PROCESSING_TIMEOUT: Duration = Duration::from_mins(3);
/// Number of buyers in a rush that buy at the same time.
const BUYERS_AT_ONCE: usize = 16;

/// System with a catalog of its own, and proxies in front of its stores.
pub struct Shop {
    /// Proxy in front of the database.
    pub mongo: FaultProxy,
    /// Proxy in front of AWS.
    pub aws: FaultProxy,
    /// Table of the catalog.
    pub catalog: OwnCatalog,
    /// Table of the claims.
    pub claims: IdempotencyTable,
    /// URL of its queue of requests to payment providers, which nobody consumes.
    pub requests: String,
    /// URL of its queue of accepted orders, which nobody consumes.
    pub accepted: String,
    /// Functions.
    pub system: System,
    /// Client without an identity.
    pub api: Api,
}

impl Shop {
    /// Starts a system with one instance of each function.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn open() -> Self {
        Self::with_instances(1).await
    }

    /// Starts a system.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn with_instances(instances: usize) -> Self {
        Self::start(System::builder().instances(instances)).await
    }

    /// Starts a system that screens the orders it processes later: more than 400 EUR of a customer within an hour are
    /// reviewed, and more than 900 EUR are rejected.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn with_screening(instances: usize) -> Self {
        let amount = |limit: u32| format!("EUR={limit}");
        let system = System::builder()
            .instances(instances)
            .timeout(PROCESSING_TIMEOUT)
            .env("SCREENING_REVIEW_AMOUNT", &amount(REVIEW))
            .env("SCREENING_REJECT_AMOUNT", &amount(REJECT));
        Self::start(system).await
    }

    async fn start(system: SystemBuilder) -> Self {
        let servers = TestServers::shared();
        let (mongo, aws) =
            (FaultProxy::mongo(&servers.mongo_uri), FaultProxy::aws(&servers.aws_endpoint_url));
        let (catalog, claims) = (OwnCatalog::create().await, IdempotencyTable::create().await);
        let (requests, accepted) = (create_queue().await, create_queue().await);
        let system = system
            .mongo_uri(mongo.mongo_uri())
            .aws_endpoint_url(aws.aws_endpoint_url())
            .env("CATALOG_TABLE", catalog.table())
            .env("IDEMPOTENCY_TABLE", claims.table())
            .env("PAYMENT_REQUESTS_URL", &requests)
            .env("ACCEPTED_ORDERS_URL", &accepted)
            .start();
        system.migrate().await;
        let api = system.api();
        // Every function that sells is started, and a block of numbers is leased.
        let order = api.new_order().await.order_id();
        assert_eq!(api.change(&order, 1, "CANCELLED", &[]).await.status, 200);
        Self { mongo, aws, catalog, claims, requests, accepted, system, api }
    }

    /// Sends a POST request.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Reply {
        let headers = [("content-type", "application/json"), ("idempotency-key", key)];
        self.api.send(Method::POST, path, &headers, body.to_string()).await
    }

    /// Creates a product for 5 EUR with this many units; returns its sku.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn product_with(&self, units: i64) -> String {
        let sku = fresh_key();
        let product = json!({ "sku": sku, "name": "Tea", "price": "5", "currency": "EUR" });
        assert_eq!(self.post("/products", &fresh_key(), &product).await.status, 201);
        if units > 0 {
            self.receive(&sku, units).await;
        }
        sku
    }

    /// Adds units of a product.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn receive(&self, sku: &str, units: i64) {
        let received = json!({ "delta": units, "reason": "received" });
        let adjustments = format!("/products/{sku}/stock-adjustments");
        for _ in 0..20 {
            let reply = self.post(&adjustments, &fresh_key(), &received).await;
            if reply.status == 201 {
                return;
            }
            assert_eq!(reply.status, 503, "{}", reply.body);
        }
        panic!("others use {sku}");
    }

    /// Buys units of a product, and repeats the request while it has no answer, or too many others buy the same.
    pub async fn buy_patiently(&self, key: &str, sku: &str, units: u32) -> Reply {
        let mut body = Self::cart(sku);
        body["items"][0]["qty"] = units.into();
        loop {
            let reply = self.post("/orders", key, &body).await;
            if reply.status < 500 {
                return reply;
            }
        }
    }

    /// Buys two units of a product.
    pub async fn buy(&self, key: &str, sku: &str) -> Reply {
        self.post("/orders", key, &Self::cart(sku)).await
    }

    /// Cancels a new order.
    pub async fn cancel(&self, order: &Reply) -> Reply {
        self.api.change(&order.order_id(), 1, "CANCELLED", &[]).await
    }

    /// Returns the available, reserved and committed units of a product.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn units(&self, sku: &str) -> [i64; 3] {
        let stock = self.api.get(&format!("/products/{sku}/stock")).await.json()["stock"].clone();
        ["available", "reserved", "committed"].map(|name| stock[name].as_i64().expect("a number"))
    }

    /// Sweeps a minute later.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn sweep(&self) -> Value {
        let an_hour_ago = DateTime::from_millis(DateTime::now().timestamp_millis() - 3_600_000);
        let ended = doc! { "stock_ended": { "$exists": true } };
        let earlier = doc! { "$set": { "updated_at": an_hour_ago } };
        self.system.orders().await.update_many(ended, earlier).await.expect("a response");
        self.sweep_without_database().await
    }

    /// Sweeps when the reservations are a minute older, and uses no database before.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn sweep_without_database(&self) -> Value {
        self.catalog.age_open_reservations(MINUTE).await;
        self.system.function("sweep-orders").invoke(json!({})).await.expect("a report")
    }

    /// Returns the number of stored orders with stock.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn orders(&self) -> u64 {
        self.system
            .orders()
            .await
            .count_documents(doc! { "payment_due_at": { "$exists": true } })
            .await
            .expect("a count")
    }

    /// Waits until the work after the responses is done.
    ///
    /// # Panics
    ///
    /// When it is not done within a minute.
    pub async fn wait_until_done(&self) {
        let orders = self.system.orders().await;
        eventually("the work after the responses is done", async || {
            let unfinished =
                [doc! { "outbox": { "$exists": true } }, doc! { "stock_ended": { "$exists": true } }];
            let unfinished = doc! { "$or": unfinished.to_vec() };
            let is_done = orders.count_documents(unfinished).await.expect("a count") == 0;
            (is_done && self.catalog.open_reservations().await == 0).then_some(())
        })
        .await;
    }

    /// Compares every stock with its movements and with what orders hold.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn reconcile(&self) -> Value {
        self.system.function("reconcile-stock").invoke(json!({})).await.expect("a report")
    }

    /// Checks that the counters agree with the movements and the reservations, and that no reservation is open.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn assert_settled(&self) {
        assert_eq!(self.catalog.drift().await, [""; 0]);
        let report = self.reconcile().await;
        assert_eq!((&report["drift"], &report["undecided"]), (&json!([]), &json!(0)), "{report}");
        eventually("all reservations are closed", async || {
            (self.catalog.open_reservations().await == 0).then_some(())
        })
        .await;
    }

    /// Returns the body of an order of two units of a product.
    #[must_use]
    pub fn cart(sku: &str) -> Value {
        json!({ "customer_id": "c-1", "currency": "EUR", "items": [{ "sku": sku, "qty": 2 }] })
    }

    /// Lets many buyers buy at the same time, each two units of one product and of the next: three of four cancel,
    /// every fifth gives up without an answer, and the others repeat their request. Meanwhile functions are killed, and
    /// the sweeper runs. Then checks that every unit is where the orders say.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn rush(&self, skus: &[String], buyers: usize, kills: usize) -> RushReport {
        let before = join_all(skus.iter().map(|sku| self.units(sku))).await;
        let (is_open, killed) = (AtomicBool::new(true), AtomicUsize::new(0));
        let buying = async {
            let (mut bought, mut answers) = (0, Vec::new());
            while bought < buyers || killed.load(Ordering::Relaxed) < kills {
                let next = (bought..bought + BUYERS_AT_ONCE).map(|buyer| self.buyer(skus, buyer));
                answers.extend(join_all(next).await);
                bought += BUYERS_AT_ONCE;
            }
            is_open.store(false, Ordering::Relaxed);
            answers
        };
        let (answers, completed) = futures::join!(buying, self.kill_while(&is_open, kills, &killed));
        let count = |answer: Answer| answers.iter().filter(|it| **it == answer).count();
        let mut report = RushReport {
            buyers: answers.len(),
            kills: killed.into_inner(),
            refused: count(Answer::Refused),
            gave_up: count(Answer::None),
            completed_by_sweeper: completed,
            ..RushReport::default()
        };
        for _ in 0..3 {
            let swept = self.sweep().await;
            assert_eq!(swept["failed"], 0, "{swept}");
            report.completed_by_sweeper += swept["completed"].as_u64().unwrap_or(0);
        }
        self.assert_settled().await;
        for (sku, [available_before, reserved_before, _]) in skus.iter().zip(before) {
            let [available, reserved, committed] = self.units(sku).await;
            assert!(available >= 0, "oversold");
            assert_eq!((available + reserved, committed), (available_before + reserved_before, 0));
            report.sold += reserved;
            report.left += available;
        }
        let orders = self.system.orders().await;
        let open = orders.count_documents(doc! { "status": "CREATED" }).await.expect("a count");
        assert_eq!(report.sold, 4 * i64::try_from(open).expect("a few"), "each open order holds four units");
        report
    }

    /// Sends a request to a function that may be killed.
    async fn attempt(
        &self,
        method: Method,
        path: &str,
        more: &[(&str, &str)],
        body: &Value,
    ) -> Result<Reply, Reply> {
        let headers = [&[("content-type", "application/json")], more].concat();
        self.api.attempt(method, path, &headers, body.to_string()).await
    }

    async fn buyer(&self, skus: &[String], buyer: usize) -> Answer {
        let item = |n: usize| json!({ "sku": skus[(buyer + n) % skus.len()], "qty": 2 });
        let body = json!({ "customer_id": "c-1", "currency": "EUR", "items": [item(0), item(1)] });
        let key = fresh_key();
        for _ in 0..20 {
            let order = self.attempt(Method::POST, "/orders", &[("idempotency-key", &key)], &body).await;
            match order {
                Ok(order) if order.status == 409 => return Answer::Refused,
                Ok(order) if order.status == 201 => {
                    let path = format!("/orders/{}", order.order_id());
                    let headers = [("if-match", "1"), ("idempotency-key", &*key)];
                    let cancel = json!({ "status": "CANCELLED" });
                    if buyer.is_multiple_of(4)
                        || self
                            .attempt(Method::PATCH, &path, &headers, &cancel)
                            .await
                            .is_ok_and(|it| it.status == 200)
                    {
                        return Answer::Order;
                    }
                }
                _ if buyer.is_multiple_of(5) => return Answer::None,
                _ => {}
            }
        }
        panic!("buyer {buyer} got no answer");
    }

    /// Kills functions at random, and sweeps in between, while buyers are left. Returns the number of completed reservations.
    async fn kill_while(&self, is_open: &AtomicBool, kills: usize, killed: &AtomicUsize) -> u64 {
        let mut completed = 0;
        let mut rng = fastrand::Rng::with_seed(7);
        while is_open.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(rng.u64(..40))).await;
            let name = ["create-order", "create-order", "patch-order", "sweep-orders"][rng.usize(..4)];
            let function = self.system.function(name);
            if name == "sweep-orders" {
                self.catalog.age_open_reservations(MINUTE).await;
                let sweep = function.invoke(json!({}));
                let kill = async {
                    tokio::time::sleep(Duration::from_millis(rng.u64(..40))).await;
                    killed.load(Ordering::Relaxed) < kills && function.kill_working(0)
                };
                // A killed sweep has no report.
                let (report, is_killed) = futures::join!(sweep, kill);
                completed += report.ok().and_then(|report| report["completed"].as_u64()).unwrap_or(0);
                killed.fetch_add(usize::from(is_killed), Ordering::Relaxed);
            } else if killed.load(Ordering::Relaxed) < kills && function.kill_working(rng.usize(..)) {
                killed.fetch_add(1, Ordering::Relaxed);
            }
        }
        completed
    }
}

/// Answer that a buyer had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// The order, or its cancellation.
    Order,
    /// Too few units.
    Refused,
    /// The buyer gave up.
    None,
}

/// Result of a rush.
#[derive(Clone, Debug, Default)]
pub struct RushReport {
    /// Buyers.
    pub buyers: usize,
    /// Processes that were killed.
    pub kills: usize,
    /// Buyers that were refused because too few units were left.
    pub refused: usize,
    /// Buyers that gave up without an answer.
    pub gave_up: usize,
    /// Units that open orders hold.
    pub sold: i64,
    /// Units that are left.
    pub left: i64,
    /// Reservations whose order the sweeper has stored or found.
    pub completed_by_sweeper: u64,
}
