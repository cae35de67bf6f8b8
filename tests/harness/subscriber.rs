//! Subscriber of the bus that collects every event from the audit queue.

use crate::{TestServers, eventually, runtime, schema_errors};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// Subscriber that contains the received events of all tests of this process.
pub struct Subscriber {
    events: Arc<Mutex<Vec<Value>>>,
    schema_errors: Arc<Mutex<Vec<String>>>,
}

impl Subscriber {
    /// Returns the only subscriber. The first call starts it.
    pub fn shared() -> &'static Self {
        static SUBSCRIBER: OnceLock<Subscriber> = OnceLock::new();
        SUBSCRIBER.get_or_init(|| {
            let (events, schema_errors) = (Arc::default(), Arc::default());
            runtime().spawn(receive(Arc::clone(&events), Arc::clone(&schema_errors)));
            Self { events, schema_errors }
        })
    }

    /// Returns the events of an order so far, in the order of their arrival.
    ///
    /// # Panics
    ///
    /// When any event so far, of any order, violates its schema.
    #[must_use]
    pub fn events_of(&self, order_id: &str) -> Vec<Value> {
        assert_eq!(*self.schema_errors.lock().expect("an unpoisoned mutex"), [""; 0]);
        let events = self.unchecked_events_of(order_id);
        for event in &events {
            assert_eq!(schema_errors(&event["detail"]), [""; 0], "{event}");
        }
        events
    }

    /// Returns the events of an order so far, also those that violate their schema.
    ///
    /// # Panics
    ///
    /// When the receiving task has panicked.
    #[must_use]
    pub fn unchecked_events_of(&self, order_id: &str) -> Vec<Value> {
        let events = self.events.lock().expect("an unpoisoned mutex");
        events.iter().filter(|event| event["detail"]["subject"] == order_id).cloned().collect()
    }

    /// Returns the ids of the orders of a customer in all events so far.
    ///
    /// # Panics
    ///
    /// When the receiving task has panicked.
    #[must_use]
    pub fn orders_of(&self, customer_id: &str) -> HashSet<String> {
        let events = self.events.lock().expect("an unpoisoned mutex");
        let of_customer = |event: &&Value| event["detail"]["data"]["order"]["customer_id"] == customer_id;
        events.iter().filter(of_customer).map(|event| event["detail"]["subject"].to_string()).collect()
    }

    /// Waits until `count` different events of an order have arrived. Returns all of them, including
    /// duplicates.
    pub async fn wait_for(&self, order_id: &str, count: usize) -> Vec<Value> {
        eventually(&format!("{count} events of {order_id}"), async || {
            let events = self.events_of(order_id);
            let ids: HashSet<_> = events.iter().map(|event| event["detail"]["id"].to_string()).collect();
            (ids.len() >= count).then_some(events)
        })
        .await
    }
}

async fn receive(events: Arc<Mutex<Vec<Value>>>, errors: Arc<Mutex<Vec<String>>>) {
    let client = Client::new(&TestServers::shared().sdk_config());
    let queue = &TestServers::shared().audit_queue_url;
    loop {
        let received = client.receive_message().queue_url(queue).max_number_of_messages(10).send().await;
        let messages = received.expect("a response of SQS").messages.unwrap_or_default();
        if messages.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        let entries = messages.iter().map(deletion).collect();
        let delete = client.delete_message_batch().queue_url(queue).set_entries(Some(entries));
        let deleted = delete.send().await.expect("a response of SQS");
        assert!(deleted.failed.is_empty(), "messages are left in the queue: {:?}", deleted.failed);
        for message in &messages {
            let body = message.body().expect("a body");
            let event: Value = serde_json::from_str(body).expect("an event in JSON");
            let invalid =
                schema_errors(&event["detail"]).into_iter().map(|error| format!("{error} in {event}"));
            errors.lock().expect("an unpoisoned mutex").extend(invalid);
            events.lock().expect("an unpoisoned mutex").push(event);
        }
    }
}

fn deletion(message: &Message) -> DeleteMessageBatchRequestEntry {
    DeleteMessageBatchRequestEntry::builder()
        .id(message.message_id().expect("an id"))
        .receipt_handle(message.receipt_handle().expect("a receipt handle"))
        .build()
        .expect("id and receipt handle are set")
}

/// Creates a separate queue for a test, and returns its URL.
///
/// # Panics
///
/// When the queue can't be created.
pub async fn create_queue() -> String {
    let client = Client::new(&TestServers::shared().sdk_config());
    let name = format!("queue-{}", uuid::Uuid::new_v4());
    let created = client.create_queue().queue_name(name).send().await;
    created.expect("a queue").queue_url.expect("a URL")
}
