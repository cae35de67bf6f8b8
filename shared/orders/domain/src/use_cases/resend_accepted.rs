//! Accepted orders whose message may be lost: an order is sent to the processor until it is decided.

use super::accept_order::RESEND_ACCEPTED_AFTER;
use crate::ports::{OpenAcceptance, OpenAcceptances, ProcessingBacklog, ProcessingProgress, ProcessingQueue};
use futures::stream::{self, StreamExt as _};
use kernel::{PortError, Timestamp};
use std::time::Duration;

/// Factor by which an order must be older than the oldest message of the queue, before it is sent again: the queue has no
/// strict order.
const BACKLOG_FACTOR: u32 = 3;
/// Maximum time between two messages of an order: after a long failure, the wait is short again.
const MAX_INTERVAL: Duration = Duration::from_hours(1);

/// Stores that the work needs.
#[derive(Debug)]
pub struct ResendAccepted<A, Q> {
    /// Claims of accepted orders.
    pub accepted: A,
    /// Queue of accepted orders.
    pub queue: Q,
    /// Maximum number of orders that are sent at the same time.
    pub concurrency: usize,
}

/// Result of the work.
#[derive(Debug, Default)]
pub struct ResendReport {
    /// Number of orders that were sent again.
    pub sent: usize,
    /// Age in seconds of the oldest order that was due and is not decided.
    pub oldest_s: i64,
    /// Failures. The next call tries again.
    pub failures: Vec<PortError>,
}

impl<A, Q> ResendAccepted<A, Q>
where
    A: OpenAcceptances + ProcessingProgress + Sync,
    Q: ProcessingQueue + ProcessingBacklog + Sync,
{
    /// Sends the orders that are due again, each time twice as late. An order whose first message may still be in the queue is
    /// put off instead, so that a backlog is never multiplied.
    pub async fn run(&self, clock: impl Fn() -> Timestamp + Sync) -> ResendReport {
        let mut report = ResendReport::default();
        let due = match self.accepted.due(clock()).await {
            Ok(due) if due.is_empty() => return report,
            Ok(due) => due,
            Err(error) => {
                report.failures.push(error);
                return report;
            }
        };
        let patience = match self.patience(clock()).await {
            Ok(patience) => patience,
            Err(error) => {
                report.failures.push(error);
                return report;
            }
        };
        let send = async |open: OpenAcceptance| {
            let now = clock();
            let age = now.since(open.key.order.id.made_at());
            (age, self.resend(&open, age, patience, now).await)
        };
        let mut resent = stream::iter(due).map(send).buffer_unordered(self.concurrency);
        while let Some((age, outcome)) = resent.next().await {
            report.oldest_s = report.oldest_s.max(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
            match outcome {
                Ok(is_sent) => report.sent += usize::from(is_sent),
                Err(error) => report.failures.push(error),
            }
        }
        drop(resent);
        report
    }

    /// Returns the age below which the first message of an order may still be in the queue.
    async fn patience(&self, now: Timestamp) -> Result<Duration, PortError> {
        if self.queue.is_empty().await? {
            return Ok(RESEND_ACCEPTED_AFTER);
        }
        let last = self.accepted.last().await?;
        let backlog = last.map_or(Duration::ZERO, |last| last.age.saturating_add(now.since(last.at)));
        Ok(RESEND_ACCEPTED_AFTER.max(backlog.saturating_mul(BACKLOG_FACTOR)))
    }

    /// Sends an order again, unless its message may still be in the queue, or somebody else does. The next time is noted first: a
    /// failure to send costs one interval, and two sweeps at once send one message.
    async fn resend(
        &self,
        open: &OpenAcceptance,
        age: Duration,
        patience: Duration,
        now: Timestamp,
    ) -> Result<bool, PortError> {
        let is_late = age >= patience;
        let wait =
            if is_late { age.min(MAX_INTERVAL) } else { patience.saturating_sub(age).min(MAX_INTERVAL) };
        let is_mine = self.accepted.put_off(open, now.after(wait)).await?;
        if !(is_late && is_mine) {
            return Ok(false);
        }
        self.queue.send(&open.key).await.map(|()| true)
    }
}
