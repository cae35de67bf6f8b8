//! Publication of events after the response.

use crate::OrderRecord;
use kernel::{BoxError, Timestamp};

/// Publisher of the events in an order's outbox.
pub trait EventPublisher {
    /// Publishes the pending events of an order in version order, and removes each from the outbox after the
    /// bus has accepted it. Stops at the first failure, so that no event is published before an earlier one.
    /// The relay publishes the rest. Skips an outbox that a relay has leased at `now`.
    fn publish_pending(
        &self,
        record: &OrderRecord,
        now: Timestamp,
    ) -> impl Future<Output = PublishOutcome> + Send;
}

/// Outcome of [`EventPublisher::publish_pending`].
#[derive(Debug)]
pub struct PublishOutcome {
    /// Number of events that the bus accepted and the outbox no longer contains.
    pub published: usize,
    /// Failure that left events in the outbox.
    pub failure: Option<BoxError>,
}
