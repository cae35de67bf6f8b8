//! Publication of an order's outbox after the response.

use crate::EventBridgePublisher;
use kernel::{Timestamp, Version};
use orders_domain::ports::{EventPublisher, PublishOutcome};
use orders_domain::{Event, OrderKey, OrderRecord};
use platform_outbox::{Entry, OutboxAcks, Pending, Publisher, publish_pending};

/// Publisher of outboxes: a bus, and the store of the outboxes.
#[derive(Clone, Debug)]
pub struct OutboxEvents<A, P = EventBridgePublisher> {
    publisher: P,
    acks: A,
}

impl<A, P> OutboxEvents<A, P> {
    /// Creates a publisher that publishes with `publisher` and acknowledges in `acks`.
    #[must_use]
    pub fn new(publisher: P, acks: A) -> Self {
        Self { publisher, acks }
    }
}

impl<A, P> EventPublisher for OutboxEvents<A, P>
where
    A: OutboxAcks<Key = OrderKey, EntryId = Version>,
    P: Publisher<Payload = Event>,
{
    async fn publish_pending(&self, record: &OrderRecord, now: Timestamp) -> PublishOutcome {
        let entry = |event: Event| Entry { id: event.order.version(), payload: event };
        let pending = Pending {
            key: record.order().key(),
            entries: record.pending_events().map(entry).collect(),
            leased_until: record.outbox().leased_until,
        };
        let report = publish_pending(&self.publisher, &self.acks, pending, now).await;
        PublishOutcome { published: report.published, failure: report.failure.map(Into::into) }
    }
}
