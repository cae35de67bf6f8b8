//! Batches of a DynamoDB stream, with partial batch responses (AWS Lambda developer guide, "Configuring partial batch
//! response with DynamoDB and Lambda").

use crate::Invocation;
use crate::deadline::Deadline;
pub use aws_lambda_events::dynamodb::Event as StreamBatch;
use aws_lambda_events::dynamodb::EventRecord;
use aws_lambda_events::streams::DynamoDbBatchItemFailure;
pub use aws_lambda_events::streams::DynamoDbEventResponse as StreamBatchResponse;
use kernel::{SERVICE_NAME, Timestamp};
use serde_dynamo::Item;

/// Write to a table.
#[derive(Clone, Debug)]
pub struct StreamRecord {
    /// Place in the stream.
    pub sequence_number: String,
    /// Item before the write; `None` for a new one.
    pub before: Option<Item>,
    /// Item after the write; `None` for a deleted one.
    pub after: Option<Item>,
    /// Time of the write, to the second.
    pub at: Timestamp,
}

/// Processes the records of a batch in their order, up to the first for which `process` returns `false` or no time is left.
///
/// The stream delivers that record and the ones after it again, until their age or the number of attempts exceeds what the event
/// source allows.
pub async fn stream_batch(
    invocation: Invocation<StreamBatch>,
    process: impl AsyncFn(StreamRecord) -> bool,
) -> StreamBatchResponse {
    let deadline = Deadline::after(invocation.remaining);
    let mut response = StreamBatchResponse::default();
    for record in invocation.event.records.into_iter().map(StreamRecord::from) {
        let sequence_number = record.sequence_number.clone();
        let is_processed = deadline.in_time(process(record)).await;
        if is_processed.is_none() {
            tracing::warn!(target: SERVICE_NAME, sequence_number, "no time left for the record");
        }
        if is_processed != Some(true) {
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(sequence_number);
            response.batch_item_failures.push(failure);
            break;
        }
    }
    response
}

impl From<EventRecord> for StreamRecord {
    fn from(record: EventRecord) -> Self {
        let change = record.change;
        let image = |item: Item| Some(item).filter(|item| !item.is_empty());
        Self {
            sequence_number: change.sequence_number.unwrap_or_default(),
            before: image(change.old_image),
            after: image(change.new_image),
            at: Timestamp::from(std::time::SystemTime::from(change.approximate_creation_date_time)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;
    use tokio::time::{Instant, sleep};

    /// Batch of writes to items with these names.
    fn batch(names: &[&str], remaining: Duration) -> Invocation<StreamBatch> {
        let record = |(index, name): (usize, &&str)| {
            json!({
                "eventID": "1", "eventName": "MODIFY", "awsRegion": "us-east-1",
                "dynamodb": {
                    "ApproximateCreationDateTime": 1_769_851_800, "SizeBytes": 9,
                    "SequenceNumber": format!("10{index}"), "Keys": { "pk": { "S": name } },
                    "NewImage": { "pk": { "S": name }, "n": { "N": "1" } },
                },
            })
        };
        let records: Vec<_> = names.iter().enumerate().map(record).collect();
        let event = serde_json::from_value(json!({ "Records": records })).expect("an event");
        Invocation { event, id: "1".to_owned(), remaining }
    }

    fn is(record: &StreamRecord, name: &str) -> bool {
        record
            .after
            .as_ref()
            .is_some_and(|item| item["pk"] == serde_dynamo::AttributeValue::S(name.to_owned()))
    }

    fn failures(response: &StreamBatchResponse) -> Vec<&str> {
        response.batch_item_failures.iter().filter_map(|it| it.item_identifier.as_deref()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_after_a_failure_is_processed() {
        let seen = std::cell::Cell::new(0);
        let process = async |record: StreamRecord| {
            seen.set(seen.get() + 1);
            assert_eq!(
                (record.before.as_ref(), record.at.to_string()),
                (None, "2026-01-31T09:30:00.000Z".to_owned())
            );
            is(&record, "good")
        };
        let response = stream_batch(batch(&["good", "bad", "good"], Duration::from_secs(30)), process).await;
        assert_eq!((failures(&response), seen.get()), (vec!["101"], 2));
        assert_eq!(
            serde_json::to_value(response).expect("JSON"),
            json!({ "batchItemFailures": [{ "itemIdentifier": "101" }] })
        );
        let response = stream_batch(batch(&["good"], Duration::from_secs(30)), process).await;
        assert_eq!(serde_json::to_value(response).expect("JSON"), json!({ "batchItemFailures": [] }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_record_without_time_is_reported_before_the_deadline() {
        let started = Instant::now();
        let process = async |record: StreamRecord| {
            if is(&record, "slow") {
                sleep(Duration::from_mins(1)).await;
            }
            true
        };
        let response = stream_batch(batch(&["fast", "slow", "fast"], Duration::from_secs(30)), process).await;
        assert_eq!(failures(&response), ["101"]);
        assert!(started.elapsed() < Duration::from_secs(30));
        let late = stream_batch(batch(&["fast"], Duration::ZERO), async |_| true).await;
        assert_eq!(failures(&late), ["100"]);
    }
}
