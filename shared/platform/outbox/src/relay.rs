//! One batch of the relay.

use crate::report::RelayReport;
use crate::{
    DeadLetter, DeadLetterQueue, Delivery, Entry, Lease, Leased, LeasedFrom, Publisher, RelayQueue,
    Remaining, Reschedule,
};
use futures::future::join_all;
use futures::stream::{self, StreamExt as _};
use kernel::PortError;
use std::sync::Arc;
use std::time::Duration;

/// End of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchEnd {
    /// The batch was full; more records may be due.
    Full,
    /// No more records were due.
    NothingElseDue,
    /// A service was unavailable; further batches would fail, too.
    Unavailable,
}

/// Maximum number of concurrent requests to the queue. Each needs a connection, and the smallest DocumentDB
/// instance supports 39 active ones: enough for two relays.
pub const MAX_CONCURRENCY: u8 = 18;

/// Maximum number of records in the next batch. Grows with each full batch: an idle relay sends one request,
/// and a relay over a slow store completes small batches before its deadline.
#[derive(Clone, Copy, Debug)]
pub struct BatchSize(u8);

impl Default for BatchSize {
    fn default() -> Self {
        Self(1)
    }
}

impl BatchSize {
    /// Largest batch.
    pub const MAX: Self = Self(5 * MAX_CONCURRENCY);
    const GROWTH: u8 = 4;

    fn grow(&mut self) {
        self.0 = self.0.saturating_mul(Self::GROWTH).min(Self::MAX.0);
    }

    /// Returns the number of records.
    #[must_use]
    pub fn get(self) -> usize {
        self.0.into()
    }
}

/// Relay over its ports.
#[derive(Debug)]
pub struct Relay<'a, Q, P, D> {
    /// Records with entries that are due.
    pub queue: &'a Q,
    /// Message bus.
    pub publisher: &'a P,
    /// Queue of entries that the bus rejects repeatedly.
    pub dead_letters: &'a D,
}

/// Record in progress: its key, and the entries after the one that is being published.
struct InProgress<Q: RelayQueue> {
    key: Q::Key,
    entries: std::vec::IntoIter<Entry<Q::EntryId, Q::Payload>>,
    rejections: u32,
}

/// Outcome of one record's entry.
enum Step<Q: RelayQueue> {
    /// The next entry of the record can be published.
    Continue(InProgress<Q>),
    /// Nothing is left to do with the record.
    Finished,
    /// The record is due again at this time.
    DueAgain(kernel::Timestamp),
}

impl<Q, P, D> Relay<'_, Q, P, D>
where
    Q: RelayQueue,
    P: Publisher<Payload = Q::Payload>,
    D: DeadLetterQueue<Payload = Q::Payload>,
{
    /// Wait after each rejection of an entry. After one more rejection the entry is sent to the
    /// dead-letter queue.
    pub const BACKOFF: [Duration; 5] = [
        Duration::from_secs(1),
        Duration::from_secs(2),
        Duration::from_secs(4),
        Duration::from_secs(8),
        Duration::from_secs(16),
    ];

    /// Backoff of a record after a call that failed as a whole.
    const OUTAGE_BACKOFF: Duration = Duration::from_secs(5);

    /// Leases up to `size` due records and publishes their entries: first entries of all records, then second
    /// entries, so that each record's entries stay in order. Leases and acknowledgements run concurrently. A
    /// failure affects only its own record. Updates `report` after each step, so that it stays valid when the
    /// batch is cancelled.
    pub async fn batch(&self, lease: &Lease, size: &mut BatchSize, report: &mut RelayReport) -> BatchEnd {
        let (mut records, mut end) = self.lease(lease, size, report).await;
        while !records.is_empty() {
            let (messages, in_progress) = self.next_entries(lease, records, report).await;
            records = Vec::new();
            if in_progress.is_empty() {
                break;
            }
            let deliveries = self.publisher.publish(&messages).await;
            let mut steps = Vec::with_capacity(in_progress.len());
            for (((record, id), payload), delivery) in in_progress.into_iter().zip(messages).zip(deliveries) {
                match &delivery {
                    Delivery::Accepted => report.published += 1,
                    Delivery::Rejected { .. } => {}
                    Delivery::Unsent(error) => {
                        report.failures.push(Arc::clone(error));
                        end = BatchEnd::Unavailable;
                    }
                }
                let entry = Entry { id, payload };
                steps.push(self.conclude(lease, record, entry, delivery));
            }
            let mut steps = stream::iter(steps).buffer_unordered(MAX_CONCURRENCY.into());
            while let Some((counts, step)) = steps.next().await {
                report.failed += counts.failed;
                report.dead += counts.dead;
                match step {
                    Ok(Step::Continue(record)) => records.push(record),
                    Ok(Step::Finished) => {}
                    Ok(Step::DueAgain(due_at)) => report.due_again.push(due_at),
                    Err(error) => {
                        report.failures.push(Arc::new(error));
                        end = BatchEnd::Unavailable;
                    }
                }
            }
        }
        end
    }

    /// Leases due records, several concurrently.
    async fn lease(
        &self,
        lease: &Lease,
        size: &mut BatchSize,
        report: &mut RelayReport,
    ) -> (Vec<InProgress<Q>>, BatchEnd) {
        let mut records = Vec::with_capacity(size.get());
        let mut requests = 0;
        while requests < size.get() {
            let count = usize::from(MAX_CONCURRENCY).min(size.get() - requests);
            requests += count;
            let mut end = None;
            for leased in join_all((0..count).map(|_| self.queue.lease(lease))).await {
                match leased {
                    Ok(Some(record)) => records.push(InProgress::from(record)),
                    Ok(None) => end = end.or(Some(BatchEnd::NothingElseDue)),
                    Err(error) => {
                        if matches!(error, PortError::Unavailable { .. }) {
                            end = Some(BatchEnd::Unavailable);
                        }
                        report.failures.push(Arc::new(error));
                    }
                }
            }
            if let Some(end) = end {
                return (records, end);
            }
        }
        size.grow();
        (records, BatchEnd::Full)
    }

    /// Removes and returns the next entry of each record. Clears records without entries.
    async fn next_entries(
        &self,
        lease: &Lease,
        records: Vec<InProgress<Q>>,
        report: &mut RelayReport,
    ) -> (Vec<Q::Payload>, Vec<(InProgress<Q>, Q::EntryId)>) {
        let (mut messages, mut in_progress) = (Vec::new(), Vec::new());
        for mut record in records {
            if let Some(Entry { id, payload }) = record.entries.next() {
                messages.push(payload);
                in_progress.push((record, id));
            } else if let Err(error) = self.queue.clear_empty(lease, &record.key).await {
                report.failures.push(Arc::new(error));
            }
        }
        (messages, in_progress)
    }

    /// Acknowledges or reschedules an entry, or sends it to the dead-letter queue, depending on its delivery.
    async fn conclude(
        &self,
        lease: &Lease,
        mut record: InProgress<Q>,
        entry: Entry<Q::EntryId, Q::Payload>,
        delivery: Delivery,
    ) -> (Counts, Result<Step<Q>, PortError>) {
        let mut counts = Counts::default();
        let id = entry.id;
        match delivery {
            Delivery::Accepted => {}
            Delivery::Unsent(_) => {
                counts.failed += 1;
                let next = Reschedule { due_at: lease.now.after(Self::OUTAGE_BACKOFF), rejected: None };
                let rescheduled = self.queue.reschedule(lease, &record.key, next).await;
                return (counts, rescheduled.map(|()| Step::Finished));
            }
            Delivery::Rejected { reason } => {
                let rejections = record.rejections + 1;
                if let Some(wait) = Self::BACKOFF.get(record.rejections as usize) {
                    counts.failed += 1;
                    let due_at = lease.now.after(*wait);
                    let next = Reschedule { due_at, rejected: Some((id, rejections)) };
                    let rescheduled = self.queue.reschedule(lease, &record.key, next).await;
                    return (counts, rescheduled.map(|()| Step::DueAgain(due_at)));
                }
                let letter = DeadLetter { payload: entry.payload, reason, attempts: rejections };
                if let Err(error) = self.dead_letters.send(&letter).await {
                    counts.failed += 1;
                    return (counts, Err(error));
                }
                counts.dead += 1;
            }
        }
        let step = match self.queue.acknowledge(&record.key, id, Some(lease)).await {
            // Another publisher has published the other entries that were read.
            Ok(Remaining::Nothing) => Ok(Step::Finished),
            // Written since the record was leased: due like any other.
            Ok(Remaining::Entries) if record.entries.len() == 0 => {
                let next = Reschedule { due_at: lease.now, rejected: None };
                let rescheduled = self.queue.reschedule(lease, &record.key, next).await;
                rescheduled.map(|()| Step::DueAgain(lease.now))
            }
            Ok(Remaining::Entries) => {
                record.rejections = 0;
                Ok(Step::Continue(record))
            }
            Err(error) => Err(error),
        };
        (counts, step)
    }
}

/// Numbers of one record's entry, for the report.
#[derive(Default)]
struct Counts {
    failed: usize,
    dead: usize,
}

impl<Q: RelayQueue> From<LeasedFrom<Q>> for InProgress<Q> {
    fn from(leased: LeasedFrom<Q>) -> Self {
        let Leased { key, entries, rejections } = leased;
        Self { key, entries: entries.into_iter(), rejections }
    }
}
