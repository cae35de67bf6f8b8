//! A MongoDB server that has one order, and others for the relay.

use crate::stub::order::{canned_order, changed_order, lease_of, order_id, with_event};
use crate::stub::wait;
use crate::stub::wire::{Request, hello};
use mongodb::bson::{Bson, Document, doc};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// When the orders with an event were made.
const LONG_AGO: Duration = Duration::from_mins(29_497_530);

/// Orders with an event that is due.
#[derive(Debug, Default)]
pub(crate) struct Outboxes {
    left: AtomicUsize,
}

impl Outboxes {
    /// So many more.
    pub(crate) fn add(&self, count: usize) {
        self.left.fetch_add(count, Ordering::SeqCst);
    }

    /// Leases the next, if there is one.
    fn lease(&self, lease: &Bson) -> Option<Document> {
        let one_less = |left: usize| left.checked_sub(1);
        let n = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).ok()?;
        Some(with_event(canned_order(&order_id(n, LONG_AGO)), lease))
    }
}

/// Serves on a free port, until the process ends.
pub(crate) async fn serve(delay: Duration) -> io::Result<(SocketAddr, Arc<Outboxes>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let outboxes = Arc::new(Outboxes::default());
    let served = Arc::clone(&outboxes);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, delay, Arc::clone(&served)));
        }
    });
    Ok((address, outboxes))
}

async fn converse(stream: TcpStream, delay: Duration, outboxes: Arc<Outboxes>) {
    // An answer must not wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let mut stream = BufReader::new(stream);
    while let Some(request) = Request::read(&mut stream).await {
        wait(delay).await;
        let answer = request.answer(&answer(request.name(), &request.command, &outboxes));
        if stream.write_all(&answer).await.is_err() {
            break;
        }
    }
}

fn answer(name: &str, command: &Document, outboxes: &Outboxes) -> Document {
    match name {
        "hello" | "isMaster" | "ismaster" => hello(),
        "ping" | "endSessions" => doc! { "ok": 1.0 },
        "insert" => doc! { "n": 1, "ok": 1.0 },
        "update" => doc! { "n": 1, "nModified": 1, "ok": 1.0 },
        "find" => {
            // By its id, or the one whose event has waited longest, of which there is none.
            let id = command.get_document("filter").ok().and_then(|filter| filter.get_str("_id").ok());
            let orders: Vec<_> = id.map(canned_order).into_iter().collect();
            doc! { "cursor": { "id": 0_i64, "ns": "bench.orders", "firstBatch": orders }, "ok": 1.0 }
        }
        "findAndModify" => {
            let order = match lease_of(command) {
                Some(lease) => outboxes.lease(lease),
                None => changed_order(command),
            };
            doc! { "value": order.map_or(Bson::Null, Bson::Document), "ok": 1.0 }
        }
        _ => {
            doc! { "ok": 0.0, "code": 59, "codeName": "CommandNotFound", "errmsg": format!("no {name} here") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_made_to_the_version_that_it_names_and_to_no_other() {
        let at = mongodb::bson::DateTime::from_millis(5);
        let change = |version: i64| {
            let update = doc! { "$set": { "status": "PAID", "updated_at": at }, "$push": { "outbox": {} } };
            let query = doc! { "_id": "one", "version": version };
            let command = doc! { "findAndModify": "orders", "query": query, "update": update };
            answer("findAndModify", &command, &Outboxes::default())
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
    fn an_order_is_leased_once() {
        let outboxes = Outboxes::default();
        outboxes.add(2);
        let command = doc! { "update": { "$set": { "outbox_lease": { "owner": "relay" } } } };
        let lease = || answer("findAndModify", &command, &outboxes).get_document("value").ok().cloned();
        let (one, other) = (lease().expect("an order"), lease().expect("another"));
        assert_ne!(one.get("_id"), other.get("_id"));
        assert_eq!(one.get_array("outbox").map(Vec::len).ok(), Some(1));
        assert_eq!(lease(), None);
    }

    #[test]
    fn what_the_stub_does_not_know_is_an_error() {
        assert_eq!(answer("aggregate", &doc! {}, &Outboxes::default()).get("ok"), Some(&Bson::from(0.0)));
    }
}
