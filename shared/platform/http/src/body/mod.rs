//! Request bodies: from bytes to valid values, with all validation errors.

mod metadata;
mod optional;
mod reader;

pub use metadata::metadata;
pub use optional::{Invalid, optional, optional_text, patch};
pub use reader::{DUPLICATE_FIELD, Errors, Members, Node};

use crate::Problem;
use crate::json::Json;

/// Parses the bytes and calls `read` with the document. With validation errors, the result of `read` is
/// dropped.
///
/// # Errors
///
/// A problem for bytes that are not JSON, or with all validation errors.
pub fn parse<T>(bytes: &[u8], read: impl FnOnce(Node<'_>, &mut Errors) -> Option<T>) -> Result<T, Problem> {
    let json = Json::parse(bytes)
        .map_err(|error| Problem::malformed_body(format!("the request body is not valid JSON: {error}")))?;
    let mut errors = Errors::default();
    match read(Node::root(json), &mut errors) {
        Some(value) if errors.is_empty() => Ok(value),
        _ => Err(Problem::invalid_body(errors.into_list())),
    }
}
