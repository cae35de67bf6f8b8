//! Batches of an SQS queue, with partial batch responses (AWS Lambda developer guide, "Implementing partial
//! batch responses").

use crate::Invocation;
use crate::deadline::Deadline;
pub use aws_lambda_events::sqs::SqsBatchResponse;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use kernel::SERVICE_NAME;

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

/// Processes the messages of a batch in their order.
///
/// The queue redelivers the messages for which `process` returns `false`, and those for which no time is left. After
/// some deliveries they go to the dead-letter queue. Without a response in time, the whole batch would.
pub async fn sqs_batch(
    invocation: Invocation<SqsBatch>,
    process: impl AsyncFn(Message<'_>) -> bool,
) -> SqsBatchResponse {
    let deadline = Deadline::after(invocation.remaining);
    let mut response = SqsBatchResponse::default();
    for SqsMessage { message_id, body, .. } in invocation.event.records {
        let (id, body) = (message_id.unwrap_or_default(), body.unwrap_or_default());
        let message = Message { id: &id, body: &body };
        let is_processed = deadline.in_time(process(message)).await;
        if is_processed.is_none() {
            tracing::warn!(target: SERVICE_NAME, message_id = id, "no time left for the message");
        }
        if is_processed != Some(true) {
            response.add_failure(id);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::{Instant, advance, sleep};

    fn batch(bodies: &[&str], remaining: Duration) -> Invocation<SqsBatch> {
        let records = bodies.iter().enumerate().map(|(index, body)| {
            let mut message = SqsMessage::default();
            (message.message_id, message.body) = (Some(index.to_string()), Some((*body).to_owned()));
            message
        });
        let mut event = SqsBatch::default();
        event.records = records.collect();
        Invocation { event, id: "1".to_owned(), remaining }
    }

    fn failures(response: &SqsBatchResponse) -> Vec<&str> {
        response.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn only_failed_messages_are_reported() {
        let invocation = batch(&["good", "bad", "good"], Duration::from_secs(30));
        let response = sqs_batch(invocation, async |message| message.body == "good").await;
        assert_eq!(failures(&response), ["1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn messages_without_time_are_reported_before_the_deadline() {
        let started = Instant::now();
        let invocation = batch(&["fast", "slow", "fast"], Duration::from_secs(30));
        let process = async |message: Message<'_>| {
            if message.body == "slow" {
                sleep(Duration::from_mins(1)).await;
            }
            true
        };
        assert_eq!(failures(&sqs_batch(invocation, process).await), ["1", "2"]);
        assert!(started.elapsed() < Duration::from_secs(30));
        advance(Duration::from_secs(1)).await;
        let late = batch(&["fast"], Duration::ZERO);
        assert_eq!(failures(&sqs_batch(late, async |_| true).await), ["0"]);
    }
}
