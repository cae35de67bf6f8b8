//! Result of a rush of accepted orders.

use super::Rush;
use super::buyers::Accepted;
use super::outcome::Outcome;
use super::{ORDERS_AT_ONCE, PLENTY};
use crate::{Shop, TestServers};
use aws_sdk_sqs::Client;
use futures::StreamExt as _;
use futures::stream;
use mongodb::bson::doc;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Result of a rush of accepted orders.
#[derive(Clone, Debug, Default)]
pub struct AcceptedReport {
    /// Orders that were accepted with 202.
    pub orders: usize,
    /// Invocations of the processor.
    pub batches: usize,
    /// Messages that were given to the processor.
    pub delivered: usize,
    /// Deliveries of messages that were delivered before.
    pub delivered_twice: usize,
    /// Deliveries after which the order was not decided, mostly because the processor was killed.
    pub failed: usize,
    /// Messages that were lost while they were processed. How many more were waiting, nobody knows.
    pub lost: usize,
    /// Invocations of the processor without a result.
    pub aborted: usize,
    /// Processors that were killed.
    pub kills: usize,
    /// Messages that the sweeper has sent again.
    pub resent: usize,
    /// Number of orders by their outcome: a status, a reason for a rejection, or `on hold`.
    pub outcomes: BTreeMap<String, usize>,
    /// Orders without an outcome.
    pub undecided: usize,
    /// Orders that are stored twice, or that are not charged as often as they have to be.
    pub miscounted: usize,
    /// Orders of which two responses contradict each other.
    pub contradicted: usize,
    /// Units of the product that runs out, which orders hold.
    pub sold: i64,
    /// Units that are left.
    pub left: i64,
}

impl AcceptedReport {
    /// Checks that each order has one outcome, which all responses tell.
    ///
    /// # Panics
    ///
    /// When one does not.
    pub fn assert_decided_once(&self) {
        assert_eq!([self.undecided, self.miscounted, self.contradicted], [0; 3], "{self:?}");
        assert!(self.aborted <= self.kills, "only a kill leaves an invocation without a result: {self:?}");
        assert!(self.delivered_twice >= self.orders / 6, "{self:?}");
    }
}

impl Shop {
    /// Returns the number of stored orders.
    pub(super) async fn orders_of_any_kind(&self) -> u64 {
        self.system.orders().await.count_documents(doc! {}).await.expect("a count")
    }

    /// Looks at every order from all sides.
    pub(super) async fn report_accepted(
        &self,
        rush: &Rush,
        accepted: &[Accepted],
        orders_before: u64,
        units: i64,
    ) -> AcceptedReport {
        for _ in 0..3 {
            let swept = self.sweep().await;
            assert_eq!(swept["failed"], 0, "{swept}");
        }
        self.assert_settled().await;
        let count = |number: &AtomicUsize| number.load(Ordering::Relaxed);
        let mut report = AcceptedReport {
            orders: accepted.len(),
            batches: count(&rush.deliveries.batches),
            delivered: count(&rush.deliveries.delivered),
            delivered_twice: count(&rush.deliveries.delivered_twice),
            failed: count(&rush.deliveries.failed),
            lost: count(&rush.deliveries.lost),
            aborted: count(&rush.deliveries.aborted),
            kills: count(&rush.killed),
            resent: count(&rush.resent),
            ..AcceptedReport::default()
        };
        let charges = self.charges().await;
        let outcomes = stream::iter(accepted).map(|order| Outcome::of(self, order));
        let outcomes: Vec<_> = outcomes.buffer_unordered(ORDERS_AT_ONCE).collect().await;
        let stored = self.orders_of_any_kind().await - orders_before;
        report.miscounted += usize::try_from(stored).expect("a few").saturating_sub(accepted.len());
        let mut held = 0;
        for outcome in &outcomes {
            held += outcome.units_of(&rush.popular);
            *report.outcomes.entry(outcome.name.clone()).or_default() += 1;
            let charges = charges.get(&outcome.id).map_or(0, HashSet::len);
            for (number, holds) in [
                (&mut report.undecided, outcome.is_undecided),
                (&mut report.contradicted, outcome.contradiction.is_some()),
                (&mut report.miscounted, charges != outcome.charges),
            ] {
                *number += usize::from(holds);
                if holds {
                    println!("{outcome:?}, {charges} charges");
                }
            }
        }
        let shared = outcomes.iter().filter(|it| it.has_shared_id && !it.is_rejected).count();
        assert_eq!(shared, 1, "one order has the external id");
        let [available, reserved, committed] = self.units(&rush.popular).await;
        assert_eq!((available + reserved, reserved, committed), (units, held, 0), "every unit");
        (report.sold, report.left) = (reserved, available);
        let [available, reserved, committed] = self.units(&rush.common).await;
        let held: i64 = outcomes.iter().map(|it| it.units_of(&rush.common)).sum();
        assert_eq!((available + reserved, reserved, committed), (PLENTY, held, 0), "every unit");
        report
    }

    /// Returns the ids of the requests in the queue to the provider, by order.
    async fn charges(&self) -> HashMap<String, HashSet<String>> {
        let client = Client::new(&TestServers::shared().sdk_config());
        let mut charges: HashMap<String, HashSet<String>> = HashMap::new();
        loop {
            let receive = client.receive_message().queue_url(&self.requests).max_number_of_messages(10);
            let messages = receive.send().await.expect("a response").messages.unwrap_or_default();
            if messages.is_empty() {
                return charges;
            }
            for message in messages {
                let request: Value = serde_json::from_str(message.body().expect("a body")).expect("JSON");
                let text = |name: &str| request[name].as_str().expect("a text").to_owned();
                charges.entry(text("order_id")).or_default().insert(text("request_id"));
            }
        }
    }
}
