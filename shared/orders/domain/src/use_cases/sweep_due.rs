//! Part of the sweep that ends orders which nobody pays or reviews in time.

use super::sweep::{PART, readable};
use crate::ports::{HeldOrders, Orders, Part, StockHolders};
use crate::{Effect, OrderChange, OrderRecord, RequestKey, StockHold, Sweep, SweepReport};
use futures::stream::{self, StreamExt as _};
use kernel::{PortError, Timestamp};

/// Time that an order has let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    /// Nobody has paid it in time.
    Payment,
    /// It is on hold, and nobody has reviewed it in time.
    Review,
}

impl<S, O, N, Q> Sweep<S, O, N, Q>
where
    O: Orders + StockHolders + HeldOrders + Sync,
{
    /// Cancels orders that have let a time pass.
    pub(super) async fn end_due(
        &self,
        due: Due,
        clock: &(impl Fn() -> Timestamp + Sync),
        end: Timestamp,
        report: &mut SweepReport,
    ) {
        let mut skip = 0;
        while clock() < end {
            let found = match self.part_of_due(due, clock(), Part { skip, limit: PART }).await {
                Ok(found) => found,
                Err(error) => return report.push_unread(error),
            };
            let is_last = found.is_empty();
            let found = readable(found, &mut skip, report);
            let expire =
                async |record: OrderRecord| self.orders.apply(&due.expiry_of(&record, clock())).await;
            let mut expired = stream::iter(found).map(expire).buffer_unordered(self.concurrency);
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

    async fn part_of_due(
        &self,
        due: Due,
        now: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        match due {
            Due::Payment => self.orders.unpaid(now, part).await,
            Due::Review => self.orders.holds_due(now, part).await,
        }
    }
}

/// Returns the cancellation of an order that nobody has paid. Its key makes another attempt recognise it.
#[must_use]
pub fn expiry_of(record: &OrderRecord, at: Timestamp) -> OrderChange {
    Due::Payment.expiry_of(record, at)
}

impl Due {
    /// Returns the cancellation of an order.
    fn expiry_of(self, record: &OrderRecord, at: Timestamp) -> OrderChange {
        let order = record.order();
        let (effect, key) = match self {
            Self::Payment => (Effect::Expiry, "expiry"),
            Self::Review => (Effect::HoldExpiry, "hold-expiry"),
        };
        debug_assert!(
            self == Self::Review || matches!(record.stock(), Some(StockHold::Held { .. })),
            "only orders with stock have to be paid in time"
        );
        OrderChange {
            order: order.key(),
            customer: None,
            expected: order.version(),
            effect,
            key: RequestKey::Generated(key.parse().expect("a key")),
            at,
            traceparent: None,
        }
    }
}
