//! Publishing what an order's outbox holds.

use crate::OrderRecord;
use crate::ports::{Delivery, EventPublisher, Outbox, PortError};

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
    /// The bus, or the outbox after it, could not be reached.
    #[error("an event could not be published and settled")]
    Port(#[from] PortError),
}

/// Publishes the pending events of an order one after the other, in version order, and takes
/// each away once it is accepted. Stops at the first that is not, so that a later event never
/// overtakes an earlier one.
pub async fn announce(
    publisher: &impl EventPublisher,
    outbox: &impl Outbox,
    record: &OrderRecord,
) -> Announced {
    let mut announced = Announced { published: 0, stopped_by: None };
    for event in record.pending_events() {
        let order = &event.order;
        let outcome = match publisher.publish(std::slice::from_ref(&event)).await {
            Ok(deliveries) => match deliveries.into_iter().next() {
                Some(Delivery::Accepted) => outbox
                    .settle(order.tenant(), order.id(), order.version())
                    .await
                    .map_err(AnnounceError::Port),
                Some(Delivery::Rejected { reason }) => Err(AnnounceError::Rejected(reason)),
                None => Err(AnnounceError::Rejected("no answer for the event".to_owned())),
            },
            Err(error) => Err(AnnounceError::Port(error)),
        };
        match outcome {
            Ok(()) => announced.published += 1,
            Err(error) => {
                announced.stopped_by = Some(error);
                break;
            }
        }
    }
    announced
}
