//! Members that may be missing.

use super::{Errors, Members, Node};
use kernel::Patch;
use std::fmt::Display;
use std::str::FromStr;

/// Error of a value whose defects are listed already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid;

/// Reads a member that may be missing.
///
/// # Errors
///
/// [`Invalid`] for a value that `read` refuses.
pub fn optional<'a, T>(
    members: &mut Members<'a>,
    name: &'static str,
    errors: &mut Errors,
    read: impl FnOnce(&Node<'a>, &mut Errors) -> Option<T>,
) -> Result<Option<T>, Invalid> {
    members.optional(name).map(|node| read(&node, errors).ok_or(Invalid)).transpose()
}

/// Reads a text that may be missing.
///
/// # Errors
///
/// [`Invalid`] for a value that is no such text.
pub fn optional_text<T: FromStr<Err: Display>>(
    members: &mut Members<'_>,
    name: &'static str,
    errors: &mut Errors,
) -> Result<Option<T>, Invalid> {
    optional(members, name, errors, Node::text)
}

/// Reads a member of a change, in which null removes a value (JSON Merge Patch, RFC 7396); `None` for an invalid value.
pub fn patch<'a, T>(
    members: &mut Members<'a>,
    name: &'static str,
    errors: &mut Errors,
    read: impl FnOnce(&Node<'a>, &mut Errors) -> Option<T>,
) -> Option<Patch<T>> {
    match members.optional(name) {
        None => Some(Patch::Keep),
        Some(node) if node.is_null() => Some(Patch::Remove),
        Some(node) => read(&node, errors).map(Patch::Set),
    }
}
