//! Stub of MongoDB: one order, others with events for the relay, and a counter of order numbers.

use crate::stub::delay::wait;
use crate::stub::order::{canned_order, changed_order, lease_of, order_id, with_event};
use mongo_wire::{Message, WireError};
use mongodb::bson::{Bson, DateTime, Document, doc};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Creation of the orders with events, since 1970.
const CREATED_AT: Duration = Duration::from_mins(29_497_530);

/// Orders with an event that is due and not leased yet.
#[derive(Debug, Default)]
pub(crate) struct Outboxes {
    left: AtomicUsize,
    /// Last order number that is leased.
    last_number: AtomicI64,
}

impl Outboxes {
    /// Adds `count` orders.
    pub(crate) fn add(&self, count: usize) {
        self.left.fetch_add(count, Ordering::SeqCst);
    }

    /// Adds to the counter of order numbers; returns it.
    fn add_to_counter(&self, update: &Document) -> Option<Document> {
        let added = update.get_document("$inc").ok()?.get_i64("last").ok()?;
        let last = self.last_number.fetch_add(added, Ordering::SeqCst) + added;
        Some(doc! { "last": last })
    }

    /// Leases the next order; `None` when none is left.
    fn lease(&self, lease: &Bson) -> Option<Document> {
        let one_less = |left: usize| left.checked_sub(1);
        let n = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).ok()?;
        Some(with_event(canned_order(&order_id(n, CREATED_AT)), lease))
    }
}

/// Starts the stub on a free port, until this process ends.
pub(crate) async fn serve(delay: Duration) -> io::Result<(SocketAddr, Arc<Outboxes>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let outboxes = Arc::new(Outboxes::default());
    let shared = Arc::clone(&outboxes);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let outboxes = Arc::clone(&shared);
            tokio::spawn(async move {
                match serve_connection(stream, delay, &outboxes).await {
                    // A killed process does not close its connections properly.
                    Ok(()) | Err(WireError::Io(_)) => {}
                    Err(error) => eprintln!("the MongoDB stub: {error}"),
                }
            });
        }
    });
    Ok((address, outboxes))
}

async fn serve_connection(stream: TcpStream, delay: Duration, outboxes: &Outboxes) -> Result<(), WireError> {
    // A response must not wait for an acknowledgement.
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = Message::read(&mut stream).await? {
        wait(delay).await;
        let response = request.response(&result(&request.document()?, outboxes))?;
        stream.write_all(response.as_bytes()).await?;
    }
    Ok(())
}

/// Returns the result of a command.
fn result(command: &Document, outboxes: &Outboxes) -> Document {
    let name = command.keys().next().map_or("", String::as_str);
    match name {
        "hello" | "isMaster" | "ismaster" => hello(),
        "ping" | "endSessions" => doc! { "ok": 1.0 },
        "insert" => doc! { "n": 1, "ok": 1.0 },
        "update" => doc! { "n": 1, "nModified": 1, "ok": 1.0 },
        "find" => {
            // An order by its id, or the age of the oldest event, which does not exist.
            let id = command.get_document("filter").ok().and_then(|filter| filter.get_str("_id").ok());
            let orders: Vec<_> = id.map(canned_order).into_iter().collect();
            doc! { "cursor": { "id": 0_i64, "ns": "bench.orders", "firstBatch": orders }, "ok": 1.0 }
        }
        "findAndModify" => {
            let counter =
                command.get_document("update").ok().and_then(|update| outboxes.add_to_counter(update));
            let document = counter.or_else(|| match lease_of(command) {
                Some(lease) => outboxes.lease(lease),
                None => changed_order(command),
            });
            doc! { "value": document.map_or(Bson::Null, Bson::Document), "ok": 1.0 }
        }
        _ => doc! {
            "ok": 0.0, "code": 59, "codeName": "CommandNotFound",
            "errmsg": format!("the stub has no command {name}"),
        },
    }
}

/// Returns the description of a standalone server of the same wire version as DocumentDB 5.0, with sessions.
fn hello() -> Document {
    doc! {
        "helloOk": true,
        "ismaster": true,
        "isWritablePrimary": true,
        "maxBsonObjectSize": 16_777_216,
        "maxMessageSizeBytes": 48_000_000,
        "maxWriteBatchSize": 100_000,
        "localTime": DateTime::now(),
        "logicalSessionTimeoutMinutes": 30,
        "minWireVersion": 0,
        "maxWireVersion": 13,
        "readOnly": false,
        "ok": 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::try_join_all;
    use std::time::Instant;

    #[test]
    fn a_change_is_made_to_the_version_that_it_expects_and_to_no_other() {
        let at = DateTime::from_millis(5);
        let change = |version: i64| {
            let update = doc! { "$set": { "status": "PAID", "updated_at": at }, "$push": { "outbox": {} } };
            let query = doc! { "_id": "one", "version": version };
            let command = doc! { "findAndModify": "orders", "query": query, "update": update };
            result(&command, &Outboxes::default())
        };
        let changed = change(1);
        let order = changed.get_document("value").expect("an order");
        assert_eq!(order.get("_id"), Some(&Bson::from("one")));
        assert_eq!(order.get("version"), Some(&Bson::from(2_i64)));
        assert_eq!(order.get_array("history").map(Vec::len).ok(), Some(2));
        assert!(order.contains_key("outbox"));
        assert_eq!(change(7).get("value"), Some(&Bson::Null));
    }

    #[test]
    fn order_numbers_are_counted() {
        let outboxes = Outboxes::default();
        let update = doc! { "$inc": { "last": 10_i64 } };
        let lease =
            || result(&doc! { "findAndModify": "order_numbers", "update": update.clone() }, &outboxes);
        let last = |counter: Document| counter.get_document("value").and_then(|it| it.get_i64("last")).ok();
        assert_eq!([last(lease()), last(lease())], [Some(10), Some(20)]);
    }

    fn lease() -> Document {
        doc! { "findAndModify": "orders", "update": { "$set": { "outbox_lease": { "owner": "relay" } } } }
    }

    #[test]
    fn an_order_is_leased_once() {
        let outboxes = Outboxes::default();
        outboxes.add(2);
        let leased = || result(&lease(), &outboxes).get_document("value").ok().cloned();
        let (one, other) = (leased().expect("an order"), leased().expect("another"));
        assert_ne!(one.get("_id"), other.get("_id"));
        assert_eq!(one.get_array("outbox").map(Vec::len).ok(), Some(1));
        assert_eq!(leased(), None);
    }

    #[tokio::test]
    async fn requests_of_different_connections_wait_at_the_same_time() {
        const CONNECTIONS: u32 = 50;
        let delay = Duration::from_millis(100);
        let (address, outboxes) = serve(delay).await.expect("a port");
        outboxes.add(CONNECTIONS as usize);
        let started = Instant::now();
        let leases = (0..CONNECTIONS).map(|_| async move {
            let mut stream = TcpStream::connect(address).await?;
            let request = Message::op_msg(1, &lease(), &[])?;
            stream.write_all(request.as_bytes()).await?;
            Message::read(&mut stream).await
        });
        let responses = try_join_all(leases).await.expect("responses");
        assert!(started.elapsed() < delay * CONNECTIONS / 2, "{:?}", started.elapsed());
        let mut ids: Vec<_> = responses
            .into_iter()
            .map(|response| {
                let response = response.expect("a response").document().expect("a document");
                response.get_document("value").expect("an order").get_str("_id").expect("an id").to_owned()
            })
            .collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), CONNECTIONS as usize);
    }

    #[test]
    fn a_command_that_the_stub_does_not_have_is_an_error() {
        assert_eq!(result(&doc! { "aggregate": 1 }, &Outboxes::default()).get("ok"), Some(&Bson::from(0.0)));
    }
}
