//! Publishing what an order's outbox holds.

use crate::ports::{Delivery, EventPublisher, Outbox, PortError};
use crate::{OrderRecord, Timestamp};
use std::sync::Arc;

/// How far the announcing of a record got.
#[derive(Debug)]
pub struct Announced {
    /// How many events the bus accepted and the outbox gave up.
    pub published: usize,
    /// Why it stopped before the end, if it did. What is left is the relay's.
    pub stopped_by: Option<AnnounceError>,
}

/// Why an event stays in the outbox.
#[derive(Debug, thiserror::Error)]
pub enum AnnounceError {
    /// The bus refused the event.
    #[error("the event bus rejected an event: {0}")]
    Rejected(String),
    /// The bus could not be reached.
    #[error("an event could not be published")]
    Unsent(#[source] Arc<PortError>),
    /// It was published, but could not be taken out of the outbox, and will come again.
    #[error("a published event could not be taken out of the outbox")]
    Settle(#[source] PortError),
}

/// Publishes the pending events of an order one after the other, in version order, and takes
/// each away once it is accepted. Stops at the first that is not, so that a later event never
/// overtakes an earlier one. What a relay has leased at `now` is left to it.
pub async fn announce(
    publisher: &impl EventPublisher,
    outbox: &impl Outbox,
    record: &OrderRecord,
    now: Timestamp,
) -> Announced {
    let leased = record.outbox().leased_until.is_some_and(|until| until > now);
    let mut announced = Announced { published: 0, stopped_by: None };
    for event in record.pending_events().filter(|_| !leased) {
        let order = &event.order;
        let outcome = match publisher.publish(std::slice::from_ref(&event)).await.pop() {
            Some(Delivery::Accepted) => outbox
                .settle(order.tenant(), order.id(), order.version())
                .await
                .map_err(AnnounceError::Settle),
            Some(Delivery::Rejected { reason }) => Err(AnnounceError::Rejected(reason)),
            Some(Delivery::Unsent(error)) => Err(AnnounceError::Unsent(error)),
            None => Err(AnnounceError::Rejected("no answer for the event".to_owned())),
        };
        match outcome {
            Ok(_settled) => announced.published += 1,
            Err(error) => {
                announced.stopped_by = Some(error);
                break;
            }
        }
    }
    announced
}
