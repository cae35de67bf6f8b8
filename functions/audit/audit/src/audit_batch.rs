//! One batch of the queue.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use orders_domain::ports::PortError;
use orders_dynamodb::{AuditTrail, Kept};
use platform_telemetry::audited;
use orders_json::ReceivedEvent;

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
enum NotKept {
    #[error("the message is not an event of the bus")]
    NoEvent(#[from] serde_json::Error),
    #[error("the event could not be kept")]
    Store(#[from] PortError),
}

/// Keeps the event of every message. The queue repeats those that the answer names, and only
/// those, until they go to its dead letters.
pub(crate) async fn keep_all(trail: &AuditTrail, batch: SqsEvent) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        let outcome = keep(trail, &message).await;
        let id = message.message_id.unwrap_or_default();
        audited(&id, outcome.as_ref().map(|kept| *kept == Kept::Before).map_err(|error| error as _));
        if outcome.is_err() {
            response.add_failure(id);
        }
    }
    response
}

async fn keep(trail: &AuditTrail, message: &SqsMessage) -> Result<Kept, NotKept> {
    let event = ReceivedEvent::open(message.body.as_deref().unwrap_or_default())?;
    Ok(trail.keep(&event.id()?, event.json()).await?)
}
