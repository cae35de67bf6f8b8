//! Part of a sweep that carries out what payments need.

use super::advance_payment::{AdvancedPayment, advance_payment};
use super::sweep::{PART, Sweep, SweepReport, readable};
use crate::OrderRecord;
use crate::ports::{Orders, Part, PaymentTaskKind, PaymentTasks, ProviderQueue, StockSettlements};
use futures::stream::{self, StreamExt as _};
use kernel::Timestamp;

impl<S, O, N, Q> Sweep<S, O, N, Q>
where
    S: StockSettlements + Sync,
    O: Orders + PaymentTasks + Sync,
    Q: ProviderQueue + Sync,
    N: Sync,
{
    /// Writes the requests to providers that orders need, and sends those that are not answered.
    pub(super) async fn advance_payments(
        &self,
        clock: &(impl Fn() -> Timestamp + Sync),
        end: Timestamp,
        report: &mut SweepReport,
    ) {
        for kind in [PaymentTaskKind::Requests, PaymentTaskKind::Compensation] {
            self.advance_payments_of(kind, clock, end, report).await;
        }
    }

    async fn advance_payments_of(
        &self,
        kind: PaymentTaskKind,
        clock: &(impl Fn() -> Timestamp + Sync),
        end: Timestamp,
        report: &mut SweepReport,
    ) {
        // What was due when the sweep began: an order that is due again at once waits for the next one.
        let (now, mut skip) = (clock(), 0);
        while clock() < end {
            let due = match self.orders.payment_tasks(kind, now, Part { skip, limit: PART }).await {
                Ok(due) => due,
                Err(error) => return report.push_unread(error),
            };
            let is_last = due.len() < PART as usize;
            let due = readable(due, &mut skip, report);
            let advance = async |record: OrderRecord| {
                advance_payment(&self.orders, &self.queue, &self.stock, record, clock()).await
            };
            let mut advanced = stream::iter(due).map(advance).buffer_unordered(self.concurrency);
            while let Some(outcome) = advanced.next().await {
                match outcome {
                    Ok(AdvancedPayment { record, planned, sent }) => {
                        report.planned += planned;
                        report.sent += sent;
                        let oldest = record.payments().unanswered().map(|request| request.at).min();
                        let age = oldest.map_or(0, |at| clock().unix_seconds() - at.unix_seconds());
                        report.oldest_request_s = report.oldest_request_s.max(age);
                    }
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
}
