//! Publication directly after the write, by the function that wrote the entries.

use crate::{Delivery, Entry, OutboxAcks, Publisher, metrics};
use kernel::{PortError, Timestamp};
use std::sync::Arc;

/// Entries of a record that wait for publication.
#[derive(Clone, Debug)]
pub struct Pending<K, I, P> {
    /// Key of the record.
    pub key: K,
    /// Entries in the order of publication.
    pub entries: Vec<Entry<I, P>>,
    /// Expiry of a relay's lease on the record.
    pub leased_until: Option<Timestamp>,
}

/// Outcome of [`publish_pending`].
#[derive(Debug, Default)]
pub struct PublishReport {
    /// Number of entries that the bus accepted and the outbox no longer contains.
    pub published: usize,
    /// Failure that left entries in the outbox; the relay publishes them.
    pub failure: Option<PublishError>,
}

/// Reason that an entry stays in the outbox.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The bus rejected the entry.
    #[error("the event bus rejected an event: {0}")]
    Rejected(String),
    /// The bus could not be reached.
    #[error("an event could not be published")]
    Unsent(#[source] Arc<PortError>),
    /// The entry was published but could not be removed from the outbox. It will be published again.
    #[error("a published event could not be removed from the outbox")]
    Acknowledge(#[source] PortError),
}

/// Publishes the entries one after the other and acknowledges each. Stops at the first failure, so that no
/// entry is published before an earlier one. Does nothing when a relay has leased the record at `now`.
pub async fn publish_pending<P, A>(
    publisher: &P,
    acks: &A,
    pending: Pending<A::Key, A::EntryId, P::Payload>,
    now: Timestamp,
) -> PublishReport
where
    P: Publisher,
    A: OutboxAcks,
{
    let mut report = PublishReport::default();
    if pending.leased_until.is_none_or(|until| until <= now) {
        for entry in pending.entries {
            match publish_one(publisher, acks, &pending.key, entry).await {
                Ok(()) => report.published += 1,
                Err(error) => {
                    report.failure = Some(error);
                    break;
                }
            }
        }
    }
    metrics::published(report.published);
    report
}

async fn publish_one<P, A>(
    publisher: &P,
    acks: &A,
    key: &A::Key,
    entry: Entry<A::EntryId, P::Payload>,
) -> Result<(), PublishError>
where
    P: Publisher,
    A: OutboxAcks,
{
    match publisher.publish(std::slice::from_ref(&entry.payload)).await.pop() {
        Some(Delivery::Accepted) => {
            acks.acknowledge(key, entry.id, None).await.map_err(PublishError::Acknowledge)?;
            Ok(())
        }
        Some(Delivery::Rejected { reason }) => Err(PublishError::Rejected(reason)),
        Some(Delivery::Unsent(error)) => Err(PublishError::Unsent(error)),
        None => Err(PublishError::Rejected("the bus returned no outcome for the event".to_owned())),
    }
}
