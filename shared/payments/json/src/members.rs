//! Members of a message.

use kernel::{Currency, Money};
use serde_json::{Map, Value};
use std::fmt::Display;
use std::str::FromStr;

/// Version of the messages, their member `v`.
pub const VERSION: u64 = 1;

/// Maximum size of a message in bytes. The longest valid one has a quarter of it.
pub const MAX_BYTES: usize = 16 * 1024;

/// Error for a text that is no message of this form. It omits what the text says: a message can have a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMessage {
    /// The text is too long.
    #[error("the message has {0} bytes, more than {MAX_BYTES}")]
    TooLarge(usize),
    /// The text is no JSON object.
    #[error("the message is no JSON object (line {line}, column {column})")]
    NotJson {
        /// Line of the defect, from 1.
        line: usize,
        /// Column of the defect, from 1.
        column: usize,
    },
    /// The message is of another version.
    #[error("/v must be {VERSION}")]
    Version,
    /// A member is missing or invalid.
    #[error("{pointer} {detail}")]
    Member {
        /// JSON Pointer to the member (RFC 6901).
        pointer: &'static str,
        /// Cause, and the expected form.
        detail: String,
    },
}

/// Object of a message of the present version.
#[derive(Debug)]
pub(crate) struct Members(Map<String, Value>);

impl Members {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidMessage> {
        if text.len() > MAX_BYTES {
            return Err(InvalidMessage::TooLarge(text.len()));
        }
        let object: Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| InvalidMessage::NotJson { line: error.line(), column: error.column() })?;
        match object.get("v").and_then(Value::as_u64) {
            Some(VERSION) => Ok(Self(object)),
            _ => Err(InvalidMessage::Version),
        }
    }

    /// Parses a string. The pointer is a slash and the name.
    pub(crate) fn required<T: FromStr<Err: Display>>(
        &self,
        pointer: &'static str,
    ) -> Result<T, InvalidMessage> {
        self.optional(pointer)?.ok_or_else(|| invalid(pointer, "is required"))
    }

    /// Parses a string that can be null or absent.
    pub(crate) fn optional<T: FromStr<Err: Display>>(
        &self,
        pointer: &'static str,
    ) -> Result<Option<T>, InvalidMessage> {
        match self.get(pointer) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => text.parse().map(Some).map_err(|error| invalid(pointer, error)),
            Some(_) => Err(invalid(pointer, "must be a string")),
        }
    }

    pub(crate) fn boolean(&self, pointer: &'static str) -> Result<bool, InvalidMessage> {
        let value = self.get(pointer).and_then(Value::as_bool);
        value.ok_or_else(|| invalid(pointer, "must be true or false"))
    }

    /// Returns the money; `None` without an amount.
    pub(crate) fn optional_money(&self) -> Result<Option<Money>, InvalidMessage> {
        let amount: Option<String> = self.optional(AMOUNT)?;
        amount.map(|_| self.money()).transpose()
    }

    pub(crate) fn money(&self) -> Result<Money, InvalidMessage> {
        let (amount, currency) = (self.required::<String>(AMOUNT)?, self.required::<Currency>("/currency")?);
        Money::restore(&amount, currency).map_err(|error| invalid(AMOUNT, error))
    }

    fn get(&self, pointer: &'static str) -> Option<&Value> {
        self.0.get(pointer.trim_start_matches('/'))
    }
}

const AMOUNT: &str = "/amount";

pub(crate) fn invalid(pointer: &'static str, detail: impl Display) -> InvalidMessage {
    InvalidMessage::Member { pointer, detail: detail.to_string() }
}
