//! Attributes of items.

use crate::unreadable;
use aws_sdk_dynamodb::types::AttributeValue;
use kernel::PortError;
use std::collections::HashMap;
use std::fmt::Display;

/// Item of a table.
pub type Item = HashMap<String, AttributeValue>;

/// Returns a text attribute.
#[must_use]
pub fn string(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

/// Returns a number attribute.
#[must_use]
pub fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Returns a boolean attribute.
#[must_use]
pub fn boolean(value: bool) -> AttributeValue {
    AttributeValue::Bool(value)
}

/// Reads a text.
///
/// # Errors
///
/// [`PortError::Unreadable`] when the item has no such text.
pub fn text<'a>(item: &'a Item, name: &str) -> Result<&'a str, PortError> {
    optional_text(item, name).ok_or_else(|| missing(name))
}

/// Reads a text; `None` when the item has none.
#[must_use]
pub fn optional_text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

/// Reads a whole number.
///
/// # Errors
///
/// [`PortError::Unreadable`] when the item has no such number, or one that the type can't hold.
pub fn integer<T: std::str::FromStr>(item: &Item, name: &str) -> Result<T, PortError> {
    let digits = item.get(name).and_then(|value| value.as_n().ok());
    digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| missing(name))
}

/// Reads a boolean.
///
/// # Errors
///
/// [`PortError::Unreadable`] when the item has no such boolean.
pub fn flag(item: &Item, name: &str) -> Result<bool, PortError> {
    item.get(name).and_then(|value| value.as_bool().ok()).copied().ok_or_else(|| missing(name))
}

/// Error that names the attribute, and not its value.
fn missing(name: &str) -> PortError {
    unreadable(format!("an item has no valid attribute {name}"))
}
