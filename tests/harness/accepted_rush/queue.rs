//! Queue of accepted orders, as Lambda reads it: batches of up to 100 messages, and what is not decided comes again.

use super::Rush;
use crate::{Shop, TestServers, accepted_batch};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::change_message_visibility::ChangeMessageVisibilityError;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Number of messages that SQS delivers at a time.
const RECEIVED: i32 = 10;
/// Maximum number of messages of a batch, as in template.yaml.
const BATCH: usize = 100;
/// Every so many messages, one is delivered twice.
const TWICE: usize = 5;
/// Every so many orders, one is cancelled as soon as it is placed.
const CANCELLED: usize = 7;

/// Deliveries of messages.
#[derive(Default)]
pub(super) struct Deliveries {
    /// Messages that will be delivered a second time.
    again: Mutex<Vec<Delivery>>,
    /// Messages that were received for the first time.
    received: AtomicUsize,
    /// Messages that are being processed.
    in_flight: AtomicUsize,
    pub(super) batches: AtomicUsize,
    /// Deliveries of messages to the processor, and those of a second delivery.
    pub(super) delivered: AtomicUsize,
    pub(super) delivered_twice: AtomicUsize,
    /// Deliveries after which the order was not decided.
    pub(super) failed: AtomicUsize,
    /// Invocations without a result.
    pub(super) aborted: AtomicUsize,
    /// Messages that were purged while they were processed.
    pub(super) lost: AtomicUsize,
}

/// Message on its way to the processor.
#[derive(Clone)]
struct Delivery {
    message: Message,
    is_second: bool,
}

impl Deliveries {
    /// Returns `true` when nothing is being processed, or has to be delivered again.
    pub(super) fn are_done(&self) -> bool {
        self.again.lock().expect("an unpoisoned mutex").is_empty()
            && self.in_flight.load(Ordering::Relaxed) == 0
    }

    /// Takes messages for their second delivery, up to a number.
    fn take_again(&self, count: usize) -> Vec<Delivery> {
        let mut again = self.again.lock().expect("an unpoisoned mutex");
        let count = again.len().min(count);
        again.drain(..count).collect()
    }

    /// Adds messages that were received. Every fifth will be delivered a second time, by whoever is next.
    fn add(&self, messages: Vec<Message>) -> Vec<Delivery> {
        let first = self.received.fetch_add(messages.len(), Ordering::Relaxed);
        let first_time = |message| Delivery { message, is_second: false };
        let deliveries: Vec<_> = messages.into_iter().map(first_time).collect();
        let twice = (first..).zip(&deliveries).filter(|(number, _)| number.is_multiple_of(TWICE));
        let twice = twice.map(|(_, delivery)| Delivery { is_second: true, ..delivery.clone() });
        self.again.lock().expect("an unpoisoned mutex").extend(twice);
        deliveries
    }
}

impl Shop {
    /// Gives batches to the processor while orders are accepted or not decided.
    pub(super) async fn process_while_open(&self, rush: &Rush) {
        let client = Client::new(&TestServers::shared().sdk_config());
        while rush.is_open.load(Ordering::Relaxed) {
            if !self.process_batch(&client, &rush.deliveries).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }

    /// Deletes all messages of the queue.
    pub(super) async fn purge_accepted(&self) {
        let client = Client::new(&TestServers::shared().sdk_config());
        client.purge_queue().queue_url(&self.accepted).send().await.expect("a response");
    }

    /// Returns `true` when no message waits or is being processed.
    pub(super) async fn has_no_messages(&self) -> bool {
        let client = Client::new(&TestServers::shared().sdk_config());
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let read = client.get_queue_attributes().queue_url(&self.accepted);
        let read = read.set_attribute_names(Some(names.to_vec())).send().await.expect("a response");
        read.attributes().expect("attributes").values().all(|count| count == "0")
    }

    /// Gives the processor the messages that are there. Returns `false` when there are none.
    async fn process_batch(&self, client: &Client, deliveries: &Deliveries) -> bool {
        let mut batch = deliveries.take_again(BATCH / 2);
        loop {
            let received = self.receive_accepted(client).await;
            let is_last = received.is_empty() || batch.len() + 2 * received.len() > BATCH;
            batch.extend(deliveries.add(received));
            if is_last {
                break;
            }
        }
        if batch.is_empty() {
            return false;
        }
        deliveries.in_flight.fetch_add(batch.len(), Ordering::Relaxed);
        let failed = self.deliver_accepted(deliveries, &batch).await;
        let count = |counter: &AtomicUsize, number| counter.fetch_add(number, Ordering::Relaxed);
        count(&deliveries.batches, 1);
        count(&deliveries.delivered, batch.len());
        count(&deliveries.delivered_twice, batch.iter().filter(|it| it.is_second).count());
        count(&deliveries.failed, failed.len());
        for (index, delivery) in batch.iter().enumerate() {
            self.finish(client, deliveries, delivery, failed.contains(&index)).await;
        }
        deliveries.in_flight.fetch_sub(batch.len(), Ordering::Relaxed);
        true
    }

    async fn receive_accepted(&self, client: &Client) -> Vec<Message> {
        let receive = client.receive_message().queue_url(&self.accepted).max_number_of_messages(RECEIVED);
        let receive = receive.message_system_attribute_names(MessageSystemAttributeName::SentTimestamp);
        receive.send().await.expect("a response").messages.unwrap_or_default()
    }

    /// Invokes the processor. Returns the indexes of the messages that have to come again.
    async fn deliver_accepted(&self, deliveries: &Deliveries, batch: &[Delivery]) -> HashSet<usize> {
        let mut event = accepted_batch(&batch.iter().map(|it| it.body().to_owned()).collect::<Vec<_>>());
        for (index, delivery) in batch.iter().enumerate() {
            event["Records"][index]["attributes"]["SentTimestamp"] = delivery.sent_at().into();
        }
        let Ok(result) = self.system.function("process-orders").invoke(event).await else {
            // All messages come again. The report compares the number with that of the kills.
            deliveries.aborted.fetch_add(1, Ordering::Relaxed);
            return (0..batch.len()).collect();
        };
        let failures = result["batchItemFailures"].as_array().expect("a list");
        let index = |it: &Value| it["itemIdentifier"].as_str().and_then(|id| id.parse().ok());
        failures.iter().map(|it| index(it).expect("an id of the batch")).collect()
    }

    /// Deletes a message whose order is decided, and lets any other come again.
    async fn finish(&self, client: &Client, deliveries: &Deliveries, delivery: &Delivery, has_failed: bool) {
        let handle = delivery.message.receipt_handle.clone();
        match (has_failed, delivery.is_second) {
            (true, true) => deliveries.again.lock().expect("an unpoisoned mutex").push(delivery.clone()),
            (true, false) => {
                let change = client.change_message_visibility().queue_url(&self.accepted);
                let change = change.set_receipt_handle(handle).visibility_timeout(0).send().await;
                // A purge takes away what is being processed, too.
                let is_lost = |error: &ChangeMessageVisibilityError| error.is_receipt_handle_is_invalid();
                let is_kept = change.is_ok();
                assert!(is_kept || change.is_err_and(|error| error.as_service_error().is_some_and(is_lost)));
                deliveries.lost.fetch_add(usize::from(!is_kept), Ordering::Relaxed);
            }
            (false, true) => {}
            (false, false) => {
                let delete = client.delete_message().queue_url(&self.accepted).set_receipt_handle(handle);
                delete.send().await.expect("a deletion");
                self.cancel_some(&delivery.order_id()).await;
            }
        }
    }

    /// Cancels an order, if it is placed, and its number says so. What is delivered later finds it cancelled.
    async fn cancel_some(&self, id: &str) {
        let sum = id.bytes().fold(0_usize, |sum, byte| 31_usize.wrapping_mul(sum).wrapping_add(byte.into()));
        if sum.is_multiple_of(CANCELLED) {
            let reply = self.api.change(id, 1, "CANCELLED", &[]).await;
            assert!([200, 409, 422].contains(&reply.status), "{}", reply.body);
        }
    }
}

impl Delivery {
    fn body(&self) -> &str {
        self.message.body().expect("a body")
    }

    fn order_id(&self) -> String {
        let body: Value = serde_json::from_str(self.body()).expect("JSON");
        body["order_id"].as_str().expect("an id").to_owned()
    }

    fn sent_at(&self) -> &str {
        let attributes = self.message.attributes().expect("attributes");
        &attributes[&MessageSystemAttributeName::SentTimestamp]
    }
}
