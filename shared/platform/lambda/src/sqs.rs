//! Batches of an SQS queue, with partial batch responses (AWS Lambda developer guide, "Implementing partial
//! batch responses").

pub use aws_lambda_events::sqs::SqsBatchResponse;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};

/// Batch of messages.
pub type SqsBatch = SqsEvent;

/// Message of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Id of the message.
    pub id: &'a str,
    /// Body of the message.
    pub body: &'a str,
}

/// Processes every message. The queue redelivers the messages for which `process` returns `false`, and only
/// those, until they go to the dead-letter queue.
pub async fn sqs_batch(batch: SqsBatch, process: impl AsyncFn(Message<'_>) -> bool) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    for SqsMessage { message_id, body, .. } in batch.records {
        let (id, body) = (message_id.unwrap_or_default(), body.unwrap_or_default());
        if !process(Message { id: &id, body: &body }).await {
            response.add_failure(id);
        }
    }
    response
}
