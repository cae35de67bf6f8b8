//! Request bodies: from bytes to valid values, with every fault on the way.

mod json;
mod order_request;
mod reader;
mod status_request;

pub use order_request::order_request;
pub use status_request::{StatusBody, status_request};

use crate::Problem;
use json::Json;
use reader::{Faults, Node};

/// Parses the bytes and lets `read` take the document apart. With faults, `read`'s result is
/// dropped and all of them are the answer.
fn parse<T>(bytes: &[u8], read: impl FnOnce(Node<'_>, &mut Faults) -> Option<T>) -> Result<T, Problem> {
    let json: Json = serde_json::from_slice(bytes)
        .map_err(|error| Problem::MalformedBody(format!("the body is not JSON: {error}")))?;
    let mut faults = Faults::default();
    match read(Node::root(&json), &mut faults) {
        Some(value) if faults.is_empty() => Ok(value),
        _ => Err(Problem::InvalidBody(faults.into_list())),
    }
}
