//! A `PutEvents` that answers 200 and refuses some of its entries, as EventBridge does when it
//! throttles. The refused ones do not reach the bus.

use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Refuses every n-th entry, counted over all calls; 0 refuses none.
#[derive(Default)]
pub(crate) struct Rejection {
    every: AtomicUsize,
    seen: AtomicUsize,
    refused: AtomicUsize,
}

/// What goes on to the bus, and which entries don't.
pub(crate) struct Sifted {
    /// The request without the refused entries; `None` when all are.
    pub(crate) request: Option<Vec<u8>>,
    refused: Vec<bool>,
}

impl Rejection {
    pub(crate) fn set(&self, every: usize) {
        self.every.store(every, Ordering::SeqCst);
    }

    /// How many entries were refused so far.
    pub(crate) fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    /// Takes the unlucky entries out of a request; `None` when none is.
    pub(crate) fn sift(&self, request: &[u8]) -> Option<Sifted> {
        let every = self.every.load(Ordering::SeqCst);
        if every == 0 {
            return None;
        }
        let (head, body) = split(request)?;
        let mut body: Value = serde_json::from_slice(body).ok()?;
        let entries = body["Entries"].as_array_mut()?;
        let refused: Vec<bool> = entries
            .iter()
            .map(|_| (self.seen.fetch_add(1, Ordering::SeqCst) + 1).is_multiple_of(every))
            .collect();
        let mut fates = refused.iter();
        entries.retain(|_| fates.next() == Some(&false));
        self.refused.fetch_add(refused.iter().filter(|is_refused| **is_refused).count(), Ordering::SeqCst);
        let request = (!entries.is_empty()).then(|| message(head, &body));
        Some(Sifted { request, refused })
    }
}

impl Sifted {
    /// The answer with the refused entries in their places.
    pub(crate) fn merge(&self, answer: Option<&[u8]>) -> Option<Vec<u8>> {
        const EMPTY: &[u8] =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.1\r\n\r\n{\"Entries\":[]}";
        let (head, body) = split(answer.unwrap_or(EMPTY))?;
        let body: Value = serde_json::from_slice(body).ok()?;
        let mut accepted = body["Entries"].as_array()?.iter();
        let refused = json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "refused by the test"});
        let entries: Vec<Value> = self
            .refused
            .iter()
            .map(|is_refused| if *is_refused { Some(refused.clone()) } else { accepted.next().cloned() })
            .collect::<Option<_>>()?;
        let count = self.refused.iter().filter(|is_refused| **is_refused).count();
        Some(message(head, &json!({"FailedEntryCount": count, "Entries": entries})))
    }
}

fn split(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = message.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((&message[..end], &message[end + 4..]))
}

/// The message with another body and its length.
fn message(head: &[u8], body: &Value) -> Vec<u8> {
    let head = String::from_utf8_lossy(head);
    let others = head.split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("content-length"));
    let body = body.to_string();
    let others: String = others.flat_map(|line| [line, "\r\n"]).collect();
    format!("{others}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}
