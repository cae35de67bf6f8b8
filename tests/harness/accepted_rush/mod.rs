//! Many orders that are accepted at once, and processed later: every fifth message is delivered twice, the processor is
//! killed, and the queue loses its messages.

mod buyers;
mod outcome;
mod queue;
mod report;

pub use report::AcceptedReport;

use crate::{Shop, eventually, fresh_key};
use buyers::{Accepted, Wish};
use fastrand::Rng;
use futures::StreamExt as _;
use futures::stream;
use queue::Deliveries;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Number of orders that are accepted at the same time.
const ORDERS_AT_ONCE: usize = 16;
/// Units of the product of which there is enough for everybody.
const PLENTY: i64 = 1_000_000;
/// Maximum number of times that the sweeper has to send orders again at the end. It leaves those alone that are younger
/// than two minutes.
const MAX_ROUNDS: usize = 50;

/// Rush of accepted orders.
struct Rush {
    /// Product that runs out.
    popular: String,
    /// Product that does not run out.
    common: String,
    /// Id that several orders have in the shop's other system. Only one can be placed.
    external_id: String,
    /// `true` while orders are accepted or not decided.
    is_open: AtomicBool,
    killed: AtomicUsize,
    accepted: AtomicUsize,
    resent: AtomicUsize,
    sweeps: AtomicUsize,
    deliveries: Deliveries,
}

impl Shop {
    /// Lets many buyers place orders that are processed later: of a product that runs out, at an old price, of unknown
    /// products, for too much money, with a payment, and more. Some of the orders are cancelled as soon as they are
    /// placed. The processor is killed in the meantime. If `is_purged`, the queue loses all its messages once. Then
    /// checks that each order was decided once, and that every unit is where the orders say.
    ///
    /// # Panics
    ///
    /// When a store or a function does not respond as expected.
    pub async fn accept_at_once(&self, orders: usize, kills: usize, is_purged: bool) -> AcceptedReport {
        // A quarter of those who want it gets one.
        let units = i64::try_from(orders / 8).expect("a few");
        let rush = Rush {
            popular: self.product_with(units).await,
            common: self.product_with(PLENTY).await,
            external_id: fresh_key(),
            is_open: AtomicBool::new(true),
            killed: AtomicUsize::new(0),
            accepted: AtomicUsize::new(0),
            resent: AtomicUsize::new(0),
            sweeps: AtomicUsize::new(0),
            deliveries: Deliveries::default(),
        };
        let before = self.orders_of_any_kind().await;
        let (accepted, (), (), (), (), ()) = futures::join!(
            self.accept_all(&rush, orders, kills),
            self.process_while_open(&rush),
            self.process_while_open(&rush),
            self.kill_processors(&rush, orders, kills),
            self.sweep_while_open(&rush),
            self.lose_messages(&rush, is_purged.then_some(orders / 3)),
        );
        self.report_accepted(&rush, &accepted, before, units).await
    }

    /// Places the orders, and waits until each is decided.
    async fn accept_all(&self, rush: &Rush, orders: usize, kills: usize) -> Vec<Accepted> {
        let mut accepted: Vec<_> = Vec::new();
        // More orders, until every kill has met a processor at work.
        while accepted.len() < orders || rush.killed.load(Ordering::Relaxed) < kills {
            let next = accepted.len()..(accepted.len() + ORDERS_AT_ONCE).max(orders);
            let placed = stream::iter(next).map(|number| self.accept(rush, Wish::of(number)));
            accepted.extend(placed.buffer_unordered(ORDERS_AT_ONCE).collect::<Vec<_>>().await);
        }
        for _ in 0..MAX_ROUNDS {
            eventually("every message is processed", async || {
                (rush.deliveries.are_done() && self.has_no_messages().await).then_some(())
            })
            .await;
            if self.claims.open().await == 0 {
                break;
            }
            // In place of waiting: after a kill, messages are old, and the sweeper waits for three times their age.
            self.claims.make_all_due().await;
            let swept = rush.sweeps.load(Ordering::Relaxed);
            eventually("the sweeper has looked", async || {
                (rush.sweeps.load(Ordering::Relaxed) > swept + 1).then_some(())
            })
            .await;
        }
        rush.is_open.store(false, Ordering::Relaxed);
        accepted
    }

    /// Kills the processor in the middle of its work, again whenever a part of the orders is accepted.
    async fn kill_processors(&self, rush: &Rush, orders: usize, kills: usize) {
        let mut rng = Rng::with_seed(7);
        let processor = self.system.function("process-orders");
        for kill in 1..=kills {
            self.wait_for_orders(rush, kill * orders / (kills + 1)).await;
            while rush.is_open.load(Ordering::Relaxed) {
                tokio::time::sleep(Duration::from_millis(rng.u64(..250))).await;
                if processor.kill_working(rng.usize(..)) {
                    rush.killed.fetch_add(1, Ordering::Relaxed);
                    break;
                }
            }
        }
    }

    async fn wait_for_orders(&self, rush: &Rush, count: usize) {
        eventually("enough orders are accepted", async || {
            (rush.accepted.load(Ordering::Relaxed) >= count).then_some(())
        })
        .await;
    }

    /// Sweeps again and again. The sweeper sends again what has waited for two minutes.
    async fn sweep_while_open(&self, rush: &Rush) {
        while rush.is_open.load(Ordering::Relaxed) {
            let swept = self.sweep().await;
            assert_eq!(swept["failed"], 0, "{swept}");
            let resent = swept["resent"].as_u64().expect("a number");
            rush.resent.fetch_add(usize::try_from(resent).expect("a few"), Ordering::Relaxed);
            rush.sweeps.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Deletes all messages of the queue, once so many orders are accepted.
    async fn lose_messages(&self, rush: &Rush, after: Option<usize>) {
        let Some(after) = after else { return };
        self.wait_for_orders(rush, after).await;
        self.purge_accepted().await;
    }
}
