//! A subscriber of the bus: it collects every event that arrives in the audit queue.

use crate::aws_call::{aws_call, http_client};
use crate::{Servers, eventually, runtime, schema_faults};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// All events so far, of all tests of this process.
pub struct Subscriber {
    events: Arc<Mutex<Vec<Value>>>,
    broken: Arc<Mutex<Vec<String>>>,
}

impl Subscriber {
    /// The one subscriber. It begins to listen when it is first asked for.
    pub fn shared() -> &'static Self {
        static SUBSCRIBER: OnceLock<Subscriber> = OnceLock::new();
        SUBSCRIBER.get_or_init(|| {
            let (events, broken) = (Arc::default(), Arc::default());
            runtime().spawn(listen(Arc::clone(&events), Arc::clone(&broken)));
            Self { events, broken }
        })
    }

    /// The events about an order so far, in the order of their arrival.
    ///
    /// # Panics
    ///
    /// When any event so far, about whatever order, has broken its schema.
    #[must_use]
    pub fn events_of(&self, order_id: &str) -> Vec<Value> {
        assert_eq!(*self.broken.lock().expect("no panic"), [""; 0]);
        let events = self.events.lock().expect("no panic");
        let events: Vec<_> =
            events.iter().filter(|event| event["detail"]["subject"] == order_id).cloned().collect();
        for event in &events {
            assert_eq!(schema_faults(&event["detail"]), [""; 0], "{event}");
        }
        events
    }

    /// The orders of a customer that any event so far was about.
    ///
    /// # Panics
    ///
    /// When listening has.
    #[must_use]
    pub fn orders_of(&self, customer_id: &str) -> HashSet<String> {
        let events = self.events.lock().expect("no panic");
        let of_customer = |event: &&Value| event["detail"]["data"]["order"]["customer_id"] == customer_id;
        events.iter().filter(of_customer).map(|event| event["detail"]["subject"].to_string()).collect()
    }

    /// Waits until `count` different events about an order have arrived; answers all of them,
    /// repetitions included.
    pub async fn wait_for(&self, order_id: &str, count: usize) -> Vec<Value> {
        eventually(&format!("{count} events of {order_id}"), async || {
            let events = self.events_of(order_id);
            let ids: HashSet<_> = events.iter().map(|event| event["detail"]["id"].to_string()).collect();
            (ids.len() >= count).then_some(events)
        })
        .await
    }
}

async fn listen(events: Arc<Mutex<Vec<Value>>>, broken: Arc<Mutex<Vec<String>>>) {
    let client = http_client();
    loop {
        let queue = &Servers::shared().audit_queue_url;
        let received =
            sqs(&client, "ReceiveMessage", json!({"QueueUrl": queue, "MaxNumberOfMessages": 10})).await;
        let messages = received["Messages"].as_array().cloned().unwrap_or_default();
        if messages.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        let entries: Vec<_> = messages
            .iter()
            .map(|message| json!({"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]}))
            .collect();
        sqs(&client, "DeleteMessageBatch", json!({"QueueUrl": queue, "Entries": entries})).await;
        for message in &messages {
            let body = message["Body"].as_str().expect("a body");
            let event: Value = serde_json::from_str(body).expect("an event in JSON");
            let faults =
                schema_faults(&event["detail"]).into_iter().map(|fault| format!("{fault} in {event}"));
            broken.lock().expect("no panic").extend(faults);
            events.lock().expect("no panic").push(event);
        }
    }
}

/// The URL of a new queue, for a test that wants one to itself.
///
/// # Panics
///
/// When none is made.
pub async fn new_queue() -> String {
    let client = http_client();
    let name = format!("queue-{}", uuid::Uuid::new_v4());
    let created = sqs(&client, "CreateQueue", json!({ "QueueName": name })).await;
    created["QueueUrl"].as_str().expect("a URL").to_owned()
}

async fn sqs(client: &reqwest::Client, action: &str, body: Value) -> Value {
    aws_call(client, "sqs", &format!("AmazonSQS.{action}"), body).await
}
