//! A MongoDB server that has one order.

use crate::stub::order::{CANNED_ORDER_ID, canned_order, changed_order};
use crate::stub::wait;
use crate::stub::wire::{Request, hello};
use mongodb::bson::{Bson, Document, doc};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Serves on a free port, until the process ends.
pub(crate) async fn serve(delay: Duration) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, delay));
        }
    });
    Ok(address)
}

async fn converse(stream: TcpStream, delay: Duration) {
    // An answer must not wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let mut stream = BufReader::new(stream);
    while let Some(request) = Request::read(&mut stream).await {
        wait(delay).await;
        let answer = request.answer(&answer(request.name(), &request.command));
        if stream.write_all(&answer).await.is_err() {
            break;
        }
    }
}

fn answer(name: &str, command: &Document) -> Document {
    match name {
        "hello" | "isMaster" | "ismaster" => hello(),
        "ping" | "endSessions" => doc! { "ok": 1.0 },
        "insert" => doc! { "n": 1, "ok": 1.0 },
        "update" => doc! { "n": 1, "nModified": 1, "ok": 1.0 },
        "find" => {
            let id = command.get_document("filter").and_then(|filter| filter.get_str("_id"));
            let order = canned_order(id.unwrap_or(CANNED_ORDER_ID));
            doc! { "cursor": { "id": 0_i64, "ns": "bench.orders", "firstBatch": [order] }, "ok": 1.0 }
        }
        "findAndModify" => {
            let order = changed_order(command).map_or(Bson::Null, Bson::Document);
            doc! { "value": order, "ok": 1.0 }
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
            answer("findAndModify", &doc! { "findAndModify": "orders", "query": query, "update": update })
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
    fn what_the_stub_does_not_know_is_an_error() {
        assert_eq!(answer("aggregate", &doc! {}).get("ok"), Some(&Bson::from(0.0)));
    }
}
