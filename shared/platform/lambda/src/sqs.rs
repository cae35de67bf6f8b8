//! Batches of an SQS queue, with partial batch responses (AWS Lambda developer guide, "Implementing partial
//! batch responses").

use crate::Invocation;
use crate::deadline::Deadline;
pub use aws_lambda_events::sqs::SqsBatchResponse;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use kernel::{SERVICE_NAME, Timestamp};

/// Batch of messages.
pub type SqsBatch = SqsEvent;

/// Message of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Id of the message.
    pub id: &'a str,
    /// Body of the message.
    pub body: &'a str,
    /// Time at which the message was sent; `None` when the queue does not tell it.
    pub sent_at: Option<Timestamp>,
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
    for record in &invocation.event.records {
        let message = Message::of(record);
        let id = message.id;
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

/// Processes the messages of a batch together: `process` returns, for each in its sequence, `false` for another delivery.
///
/// When no time is left, the queue redelivers all messages.
pub async fn sqs_batch_together(
    invocation: Invocation<SqsBatch>,
    process: impl AsyncFn(&[Message<'_>]) -> Vec<bool>,
) -> SqsBatchResponse {
    let deadline = Deadline::after(invocation.remaining);
    let messages: Vec<_> = invocation.event.records.iter().map(Message::of).collect();
    let processed = deadline.in_time(process(&messages)).await;
    if processed.is_none() {
        tracing::warn!(target: SERVICE_NAME, messages = messages.len(), "no time left for the messages");
    }
    let processed = processed.unwrap_or_default();
    let mut response = SqsBatchResponse::default();
    for (index, message) in messages.iter().enumerate() {
        if processed.get(index) != Some(&true) {
            response.add_failure(message.id);
        }
    }
    response
}

impl<'a> Message<'a> {
    fn of(record: &'a SqsMessage) -> Self {
        let sent_at = record.attributes.get("SentTimestamp").and_then(|millis| millis.parse().ok());
        Self {
            id: record.message_id.as_deref().unwrap_or_default(),
            body: record.body.as_deref().unwrap_or_default(),
            sent_at: sent_at.and_then(|millis| Timestamp::from_unix_millis(millis).ok()),
        }
    }
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
    async fn a_batch_that_is_processed_together_has_a_result_for_each_message() {
        let invocation = batch(&["good", "bad", "good"], Duration::from_secs(30));
        let process =
            async |messages: &[Message<'_>]| messages.iter().map(|message| message.body == "good").collect();
        assert_eq!(failures(&sqs_batch_together(invocation, process).await), ["1"]);
        let slow = batch(&["good", "good"], Duration::from_secs(30));
        let process = async |messages: &[Message<'_>]| {
            sleep(Duration::from_mins(1)).await;
            vec![true; messages.len()]
        };
        assert_eq!(failures(&sqs_batch_together(slow, process).await), ["0", "1"]);
    }

    #[test]
    fn a_message_tells_when_it_was_sent() {
        let mut message = SqsMessage::default();
        assert_eq!(Message::of(&message).sent_at, None);
        message.attributes.insert("SentTimestamp".to_owned(), "1769851800000".to_owned());
        assert_eq!(Message::of(&message).sent_at, Timestamp::from_unix_millis(1_769_851_800_000).ok());
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
