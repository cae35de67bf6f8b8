//! Orders of the stub that are accepted, and processed later: their claims, their queue, and the times of their decisions.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex as StdMutex;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

/// Table of the statuses.
pub(crate) const STATUS_TABLE: &str = "order-status";

/// Accepted orders.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// Claims, by their partition key.
    claims: StdMutex<HashMap<String, Value>>,
    /// Time at which the status of each decided order was stored.
    decided_at: StdMutex<HashMap<String, Instant>>,
    sender: UnboundedSender<String>,
    receiver: Mutex<UnboundedReceiver<String>>,
}

impl Default for Accepted {
    fn default() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self {
            claims: StdMutex::default(),
            decided_at: StdMutex::default(),
            sender,
            receiver: receiver.into(),
        }
    }
}

impl Accepted {
    /// Adds a message to the queue.
    pub(crate) fn send(&self, body: String) {
        self.sender.send(body).expect("the receiver lives as long");
    }

    /// Takes up to `limit` messages from the queue, and waits for them for at most `window`. One caller at a time: a
    /// batch is full before the next one begins.
    pub(crate) async fn receive(&self, limit: usize, window: Duration) -> Vec<String> {
        let mut receiver = self.receiver.lock().await;
        let mut batch = Vec::new();
        // A batch that is not full when the time is over is complete.
        let _ = timeout(window, async {
            while batch.len() < limit {
                let rest = limit - batch.len();
                receiver.recv_many(&mut batch, rest).await;
            }
        })
        .await;
        batch
    }

    /// Returns the number of orders that are decided.
    pub(crate) fn decided(&self) -> usize {
        self.decided_at.lock().expect("no panic while it is locked").len()
    }

    /// Returns the time at which an order was decided.
    pub(crate) fn decided_at(&self, order: &str) -> Option<Instant> {
        self.decided_at.lock().expect("no panic while it is locked").get(order).copied()
    }

    /// Stores the claim of an accepted order, or the status of a decided one. Nothing is kept of other items.
    pub(super) fn put(&self, request: &Value) {
        let item = &request["Item"];
        let Some(key) = item["pk"]["S"].as_str() else { return };
        if item["mode"]["S"] == "async" {
            self.claims.lock().expect("no panic while it is locked").insert(key.to_owned(), item.clone());
        } else if request["TableName"] == STATUS_TABLE {
            let mut decided_at = self.decided_at.lock().expect("no panic while it is locked");
            decided_at.entry(key.to_owned()).or_insert_with(Instant::now);
        }
    }

    /// Returns the claims with the keys of a read.
    pub(super) fn claims(&self, keys: &Value) -> Vec<Value> {
        let claims = self.claims.lock().expect("no panic while it is locked");
        let keys = keys["Keys"].as_array().into_iter().flatten();
        keys.filter_map(|key| claims.get(key["pk"]["S"].as_str()?).cloned()).collect()
    }
}

/// Returns the response to a message that is kept.
pub(super) fn sent() -> Value {
    json!({ "MessageId": "11710aed-b79e-4468-a20b-bb3c0c3b4860", "MD5OfMessageBody": "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_batch_is_complete_when_it_is_full_or_the_time_is_over() {
        let accepted = Accepted::default();
        for number in 0..5 {
            accepted.send(number.to_string());
        }
        assert_eq!(accepted.receive(3, Duration::from_mins(1)).await, ["0", "1", "2"]);
        assert_eq!(accepted.receive(3, Duration::from_millis(1)).await, ["3", "4"]);
        assert_eq!(accepted.receive(3, Duration::from_millis(1)).await, [""; 0]);
    }

    #[test]
    fn claims_are_read_as_they_were_put_and_a_status_decides_once() {
        let accepted = Accepted::default();
        let claim = json!({ "pk": { "S": "default#k" }, "mode": { "S": "async" } });
        accepted.put(&json!({ "TableName": "keys", "Item": claim }));
        accepted.put(&json!({ "TableName": "keys", "Item": { "pk": { "S": "default#sync" } } }));
        let keys = json!({ "Keys": [{ "pk": { "S": "default#k" } }, { "pk": { "S": "default#sync" } }] });
        assert_eq!((accepted.claims(&keys), accepted.decided()), (vec![claim], 0));
        let status = json!({ "TableName": STATUS_TABLE, "Item": { "pk": { "S": "o" } } });
        accepted.put(&status);
        let first = accepted.decided_at("o");
        accepted.put(&status);
        assert_eq!((accepted.decided(), accepted.decided_at("o")), (1, first));
        assert!(first.is_some() && accepted.decided_at("p").is_none());
    }
}
