//! Processing of accepted orders: a batch takes its stock in few transactions, and each order is decided by one insert.

mod reserve;
mod screen;
mod store;

use crate::ports::{
    AcceptedOrders, EventPublisher, OrderNumbers, OrderStatuses, Orders, PaymentTasks, ProviderQueue,
    PublishOutcome, Screening, StockBatches, StockHolders, StockSettlements,
};
use crate::{
    AcceptedKey, AcceptedOrder, LeasedNumbers, Order, OrderRecord, RejectReason, ScreeningReason, Status,
};
use futures::stream::{self, StreamExt as _};
use kernel::{PortError, Timestamp};
use std::collections::HashMap;
use std::time::Duration;

/// Stores that the processing needs, and its settings.
#[derive(Debug)]
pub struct ProcessOrders<A, S, F, O, N, T, E, Q> {
    /// Accepted orders.
    pub accepted: A,
    /// Stock.
    pub stock: S,
    /// Screening for fraud.
    pub screening: F,
    /// Orders.
    pub orders: O,
    /// Order numbers; `None` for orders without.
    pub numbers: Option<LeasedNumbers<N>>,
    /// Statuses for readers without a token.
    pub statuses: T,
    /// Publication of events.
    pub events: E,
    /// Queue of requests to payment providers.
    pub payments: Q,
    /// Time within which an order with products of the catalog has to be paid, from the decision on; `None` for any.
    pub payment_window: Option<Duration>,
    /// Lifetime of a claim, from the decision on.
    pub claim_ttl: Duration,
    /// Maximum number of orders that are written at the same time.
    pub concurrency: usize,
}

/// Result of a batch.
#[derive(Debug, Default)]
pub struct ProcessReport {
    /// Result for each order of the batch, in its sequence. An order of which the batch has two messages has one result twice.
    pub orders: Vec<Processed>,
    /// Failure to give back the stock of rejected orders. The sweeper does.
    pub unsettled: Option<PortError>,
}

/// Result for an order of a batch.
#[derive(Clone, Debug)]
pub enum Processed {
    /// The order is decided.
    Decided(OrderDecision),
    /// Nothing was left to do: the order was decided long ago, or nobody knows it.
    Nothing,
    /// The order is not decided. It has to be delivered again. The text is the error with its sources.
    Failed(String),
}

/// Decision about an order.
#[derive(Clone, Debug)]
pub struct OrderDecision {
    /// Status of the order.
    pub status: Status,
    /// Reason for a rejection.
    pub reason: Option<RejectReason>,
    /// `true` when this call has decided; `false` when the order was stored before.
    pub is_new: bool,
    /// Time at which the order was accepted.
    pub accepted_at: Timestamp,
    /// Failures of work that others complete: the relay publishes events, the sweeper asks for payments.
    pub left: Vec<String>,
}

/// Order of a batch, with what is known of it.
struct Draft {
    accepted: AcceptedOrder,
    plan: Plan,
}

/// Intention for an order. The insert of its document decides.
enum Plan {
    /// To be placed, and held if it has to be reviewed first.
    Create { order: Order, review: Option<ScreeningReason> },
    /// To be rejected.
    Reject(RejectReason),
    /// Not known yet.
    Open,
    /// Not to be decided by this call.
    Fail(PortError),
}

impl<A, S, F, O, N, T, E, Q> ProcessOrders<A, S, F, O, N, T, E, Q>
where
    A: AcceptedOrders + Sync,
    S: StockBatches + StockSettlements + Sync,
    F: Screening + Sync,
    O: Orders + StockHolders + PaymentTasks + Sync,
    N: OrderNumbers + Sync,
    T: OrderStatuses + Sync,
    E: EventPublisher + Sync,
    Q: ProviderQueue + Sync,
{
    /// Decides the orders of a batch. Each step is safe to repeat: an order that is delivered again is found as it was stored.
    ///
    /// # Errors
    ///
    /// [`PortError`] when the requests can't be read. Nothing is decided then.
    pub async fn run(
        &self,
        keys: &[AcceptedKey],
        clock: impl Fn() -> Timestamp + Sync,
    ) -> Result<ProcessReport, PortError> {
        let mut distinct: Vec<&AcceptedKey> = Vec::with_capacity(keys.len());
        let mut places = HashMap::new();
        for key in keys {
            places.entry(key).or_insert_with(|| {
                distinct.push(key);
                distinct.len() - 1
            });
        }
        let wanted: Vec<_> = distinct.into_iter().cloned().collect();
        let mut results = vec![Processed::Nothing; wanted.len()];
        let mut drafts = Vec::with_capacity(wanted.len());
        for (index, found) in self.accepted.find_all(&wanted).await?.into_iter().enumerate() {
            match found {
                Some(Ok(accepted)) => drafts.push((index, Draft { accepted, plan: Plan::Open })),
                Some(Err(error)) => results[index] = Processed::failed(&error),
                None => {}
            }
        }
        self.reserve(drafts.iter_mut().map(|(_, draft)| draft).collect(), clock()).await;
        self.screen(drafts.iter_mut().map(|(_, draft)| draft).collect()).await;
        let store = async |(index, draft)| (index, self.store(draft, &clock).await);
        let mut stored = stream::iter(drafts).map(store).buffer_unordered(self.concurrency);
        let mut records = Vec::new();
        while let Some((index, outcome)) = stored.next().await {
            results[index] = match outcome {
                Ok((decision, record)) => {
                    records.push(record);
                    Processed::Decided(decision)
                }
                Err(error) => Processed::failed(&error),
            };
        }
        drop(stored);
        let unsettled = self.settle_rejected(&records).await.err();
        Ok(ProcessReport { orders: keys.iter().map(|key| results[places[key]].clone()).collect(), unsettled })
    }

    /// Gives back what rejected orders may hold, so that nothing can be taken for them later.
    async fn settle_rejected(&self, records: &[OrderRecord]) -> Result<(), PortError> {
        let rejected = records.iter().filter(|record| record.order().status() == Status::Rejected);
        let settlements: Vec<_> = rejected.filter_map(OrderRecord::stock_settlement).collect();
        if settlements.is_empty() {
            return Ok(());
        }
        let settled = self.stock.settle(&settlements).await?;
        if settled.is_empty() { Ok(()) } else { self.orders.settled(&settled).await }
    }
}

impl Processed {
    fn failed(error: &PortError) -> Self {
        Self::Failed(kernel::ErrorChain(error).to_string())
    }
}

impl OrderDecision {
    fn new(record: &OrderRecord, is_new: bool, accepted_at: Timestamp) -> Self {
        let order = record.order();
        let (status, reason) = (order.status(), order.reject_reason());
        Self { status, reason, is_new, accepted_at, left: Vec::new() }
    }

    fn note_unpublished(&mut self, outcome: &PublishOutcome) {
        if let Some(failure) = &outcome.failure {
            self.left.push(kernel::ErrorChain(failure.as_ref()).to_string());
        }
    }
}
