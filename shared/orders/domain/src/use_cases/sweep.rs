//! Sweep: completes what crashed requests have left, and ends orders that nobody pays.

use super::place_order::store_order;
use crate::ports::{
    OpenReservation, OpenReservations, OrderNumbers, Orders, Part, PaymentTasks, ProviderQueue, RefundsDue,
    StockClaims, StockHolders, StockSettlement, StockSettlements,
};
use crate::{
    Effect, LeasedNumbers, OrderChange, OrderKey, OrderRecord, PlaceOrderError, RequestKey, StockHold,
};
use futures::stream::{self, StreamExt as _};
use kernel::{PortError, Timestamp, Traceparent};
use std::time::Duration;

/// Age from which a reservation is completed: longer than any request runs.
pub const RESERVATION_AGE: Duration = Duration::from_secs(30);
/// Time for which the function that ends an order settles its stock itself.
pub const SETTLEMENT_GRACE: Duration = Duration::from_secs(10);
/// Time by which the claim of a reservation that can't be completed is prolonged: longer than the lifetime of a key, so that
/// no claim ends before its reservation is closed.
const PROLONGED: Duration = Duration::from_hours(25);
/// Time within which money that has to go back goes back, unless something is wrong.
const REFUND_PERIOD: Duration = Duration::from_mins(15);
/// Number of orders that are read at a time.
pub(super) const PART: u32 = 200;

/// Stores that a sweep needs.
#[derive(Debug)]
pub struct Sweep<S, O, N, Q> {
    /// Stock and reservations.
    pub stock: S,
    /// Orders.
    pub orders: O,
    /// Order numbers; `None` for orders without.
    pub numbers: Option<LeasedNumbers<N>>,
    /// Queue of requests to payment providers.
    pub queue: Q,
    /// Maximum number of orders that are written at the same time.
    pub concurrency: usize,
}

/// Result of a sweep.
#[derive(Debug, Default)]
pub struct SweepReport {
    /// Number of reservations whose order is stored now.
    pub completed: usize,
    /// Orders whose claim is gone and that are not stored. Their reservations were set aside, with the stock.
    pub lost: Vec<OrderKey>,
    /// Number of orders that were cancelled because nobody paid them.
    pub expired: usize,
    /// Number of orders whose stock was settled.
    pub settled: usize,
    /// Number of requests to payment providers that were written: refunds, captures, and authorizations to free.
    pub planned: usize,
    /// Number of requests that were sent to payment providers.
    pub sent: usize,
    /// Age in seconds of the oldest request that no provider has answered, of those that were sent.
    pub oldest_request_s: i64,
    /// Number of orders whose money should have gone back by now; `None` when it could not be read.
    pub refunds_due: Option<u64>,
    /// Age in seconds of the oldest reservation that is still open.
    pub oldest_reservation_s: i64,
    /// Age in seconds of the oldest end of an order whose stock is not settled.
    pub oldest_settlement_s: i64,
    /// `true` when something could not be read, so that the ages say nothing.
    pub is_blind: bool,
    /// Failures. The next sweep tries again.
    pub failures: Vec<PortError>,
}

impl<S, O, N, Q> Sweep<S, O, N, Q>
where
    S: StockClaims + OpenReservations + StockSettlements + Sync,
    O: Orders + StockHolders + RefundsDue + PaymentTasks + Sync,
    N: OrderNumbers + Sync,
    Q: ProviderQueue + Sync,
{
    /// Stores the orders of open reservations, cancels orders that are not paid in time, settles the stock of orders that
    /// have ended, and asks payment providers for what orders need. Starts nothing new after `end`.
    pub async fn run(&self, clock: impl Fn() -> Timestamp + Sync, end: Timestamp) -> SweepReport {
        let mut report = SweepReport::default();
        self.complete_reservations(&clock, end, &mut report).await;
        self.expire_unpaid(&clock, end, &mut report).await;
        self.settle_ended(&clock, end, &mut report).await;
        self.advance_payments(&clock, end, &mut report).await;
        match self.orders.refunds_due(clock().before(REFUND_PERIOD)).await {
            Ok(count) => report.refunds_due = Some(count),
            Err(error) => report.failures.push(error),
        }
        report
    }

    async fn complete_reservations(
        &self,
        clock: &(impl Fn() -> Timestamp + Sync),
        end: Timestamp,
        report: &mut SweepReport,
    ) {
        let open = match self.stock.open_since(clock().before(RESERVATION_AGE)).await {
            Ok(open) => open,
            Err(error) => return report.push_unread(error),
        };
        let complete = async |reservation: OpenReservation| {
            if clock() >= end {
                return (reservation, None);
            }
            let outcome = self.complete(&reservation, clock()).await;
            let postponed = match outcome {
                Ok(_) => Ok(()),
                // What can't be completed must not hide the others.
                Err(_) => self.stock.postpone(&reservation, clock(), clock().after(PROLONGED)).await,
            };
            (reservation, Some((outcome, postponed)))
        };
        let mut completed = stream::iter(open).map(complete).buffer_unordered(self.concurrency);
        while let Some((OpenReservation { order, .. }, outcome)) = completed.next().await {
            let failures = match outcome {
                Some((Ok(Completion::Stored), _)) => {
                    report.completed += 1;
                    continue;
                }
                Some((Ok(Completion::Lost), _)) => {
                    report.lost.push(order);
                    continue;
                }
                Some((Err(error), postponed)) => [Some(error), postponed.err()],
                None => [None, None],
            };
            let age = clock().unix_seconds() - order.id.made_at().unix_seconds();
            report.oldest_reservation_s = report.oldest_reservation_s.max(age);
            report.failures.extend(failures.into_iter().flatten());
        }
    }

    /// Stores the order of a reservation, which the claim has, and closes the reservation.
    async fn complete(&self, reservation: &OpenReservation, now: Timestamp) -> Result<Completion, PortError> {
        let Some(order) = self.stock.claimed_order(reservation).await? else {
            return match self.orders.find(&reservation.order).await? {
                Some(_) => self.stock.close(&reservation.order).await.map(|()| Completion::Stored),
                None => self.stock.set_aside(reservation).await.map(|()| Completion::Lost),
            };
        };
        let record = OrderRecord::created(order, None::<Traceparent>).stored_at(now);
        match store_order(&self.orders, self.numbers.as_ref(), record).await {
            // The document decides, also as a rejected one.
            Ok(_) | Err(PlaceOrderError::ExternalIdTaken) => {
                self.stock.close(&reservation.order).await.map(|()| Completion::Stored)
            }
            Err(PlaceOrderError::Number(error) | PlaceOrderError::Insert(error)) => Err(error),
            Err(other) => {
                Err(PortError::Unreadable { dependency: "the orders", source: other.to_string().into() })
            }
        }
    }

    async fn expire_unpaid(
        &self,
        clock: &(impl Fn() -> Timestamp + Sync),
        end: Timestamp,
        report: &mut SweepReport,
    ) {
        let mut skip = 0;
        while clock() < end {
            let due = match self.orders.unpaid(clock(), Part { skip, limit: PART }).await {
                Ok(due) => due,
                Err(error) => return report.push_unread(error),
            };
            let is_last = due.is_empty();
            let due = readable(due, &mut skip, report);
            let expire = async |record: OrderRecord| self.orders.apply(&expiry_of(&record, clock())).await;
            let mut expired = stream::iter(due).map(expire).buffer_unordered(self.concurrency);
            while let Some(outcome) = expired.next().await {
                match outcome {
                    Ok(Some(_)) => report.expired += 1,
                    // Somebody else was faster, and the next part does not have the order.
                    Ok(None) => {}
                    Err(error) => {
                        skip += 1;
                        report.failures.push(error);
                    }
                }
            }
            if is_last {
                return;
            }
        }
    }

    async fn settle_ended(
        &self,
        clock: &(impl Fn() -> Timestamp + Sync),
        end: Timestamp,
        report: &mut SweepReport,
    ) {
        let mut skip = 0;
        while clock() < end {
            // Orders that this sweep has ended are settled by it, too: nobody else does.
            let before = if report.expired > 0 { clock() } else { clock().before(SETTLEMENT_GRACE) };
            let ended = match self.orders.ended(before, Part { skip, limit: PART }).await {
                Ok(ended) => ended,
                Err(error) => return report.push_unread(error),
            };
            if ended.is_empty() {
                return;
            }
            let ended = readable(ended, &mut skip, report);
            let settlements: Vec<_> = ended.iter().filter_map(OrderRecord::stock_settlement).collect();
            let outcome = match self.settle(&settlements).await {
                // What can't be settled must not keep the others.
                Err(PortError::Unreadable { .. }) if settlements.len() > 1 => {
                    Ok(self.settle_one_by_one(&settlements, clock, end, report).await)
                }
                outcome => outcome,
            };
            let left = ended.len() - outcome.as_ref().map_or(0, |settled| *settled);
            if let Some(since) =
                ended.iter().map(|record| record.order().updated_at()).min().filter(|_| left > 0)
            {
                let age = clock().unix_seconds() - since.unix_seconds();
                report.oldest_settlement_s = report.oldest_settlement_s.max(age);
            }
            match outcome {
                Ok(settled) => report.settled += settled,
                Err(error) => return report.failures.push(error),
            }
            skip += u32::try_from(left).unwrap_or(PART);
        }
    }

    /// Settles the stock of each order by itself. Returns the number of those that are settled.
    async fn settle_one_by_one(
        &self,
        settlements: &[StockSettlement],
        clock: &(impl Fn() -> Timestamp + Sync),
        end: Timestamp,
        report: &mut SweepReport,
    ) -> usize {
        let mut count = 0;
        for settlement in settlements {
            if clock() >= end {
                return count;
            }
            match self.settle(std::slice::from_ref(settlement)).await {
                Ok(settled) => count += settled,
                Err(error) => report.failures.push(error),
            }
        }
        count
    }

    /// Settles stock, and notes that it is settled. Returns the number of orders.
    async fn settle(&self, settlements: &[StockSettlement]) -> Result<usize, PortError> {
        let settled = self.stock.settle(settlements).await?;
        if !settled.is_empty() {
            self.orders.settled(&settled).await?;
        }
        Ok(settled.len())
    }
}

/// End of an open reservation.
enum Completion {
    /// The order is stored.
    Stored,
    /// Nobody has the order any more.
    Lost,
}

impl SweepReport {
    /// Adds the failure to read what is left to do.
    pub(super) fn push_unread(&mut self, error: PortError) {
        self.is_blind = true;
        self.failures.push(error);
    }
}

/// Returns the orders that can be read; the next part begins after the others.
pub(super) fn readable(
    orders: Vec<Result<OrderRecord, PortError>>,
    skip: &mut u32,
    report: &mut SweepReport,
) -> Vec<OrderRecord> {
    let readable = orders.into_iter().filter_map(|order| match order {
        Ok(record) => Some(record),
        Err(error) => {
            *skip += 1;
            report.failures.push(error);
            None
        }
    });
    readable.collect()
}

/// Returns the cancellation of an order that nobody has paid. Its key makes another attempt recognise it.
#[must_use]
pub fn expiry_of(record: &OrderRecord, at: Timestamp) -> OrderChange {
    let order = record.order();
    debug_assert!(matches!(record.stock(), Some(StockHold::Held { .. })), "only orders with stock expire");
    OrderChange {
        order: order.key(),
        customer: None,
        expected: order.version(),
        effect: Effect::Expiry,
        key: RequestKey::Generated("expiry".parse().expect("a key")),
        at,
        traceparent: None,
    }
}
