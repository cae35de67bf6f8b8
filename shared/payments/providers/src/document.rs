//! Reader of a JSON document that collects all faults.

use crate::{FieldError, InvalidNotification};
use kernel::{Timestamp, is_format_character};
use payments_domain::{Fact, Notification, ObjectId, OrderReference, Reason, RequestId, Statement, Subject};
use serde_json::Value;
use std::fmt::Display;
use std::str::FromStr;

/// Document, and the faults found so far. Members are named by JSON Pointers.
#[derive(Debug)]
pub(crate) struct Document {
    json: Value,
    errors: Vec<FieldError>,
}

impl Document {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, InvalidNotification> {
        let json = serde_json::from_slice(body).map_err(|_| InvalidNotification::NotJson)?;
        Ok(Self { json, errors: Vec::new() })
    }

    /// Adds a fault, and returns `None` in place of the value.
    pub(crate) fn fault<T>(&mut self, pointer: &str, detail: impl Display) -> Option<T> {
        self.errors.push(FieldError { pointer: pointer.to_owned(), detail: detail.to_string() });
        None
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.errors.is_empty()
    }

    /// Returns a string; `None` for anything else, without a fault.
    pub(crate) fn text(&self, pointer: &str) -> Option<&str> {
        self.json.pointer(pointer)?.as_str()
    }

    /// Returns `true` for the value `true`.
    pub(crate) fn is_true(&self, pointer: &str) -> bool {
        self.json.pointer(pointer).and_then(Value::as_bool) == Some(true)
    }

    /// Returns the number of elements of a list.
    pub(crate) fn length(&mut self, pointer: &str) -> Option<usize> {
        match self.json.pointer(pointer) {
            Some(Value::Array(elements)) => Some(elements.len()),
            _ => self.fault(pointer, "must be a list"),
        }
    }

    /// Parses a string.
    pub(crate) fn required<T: FromStr<Err: Display>>(&mut self, pointer: &str) -> Option<T> {
        match self.json.pointer(pointer) {
            None => self.fault(pointer, "is required"),
            Some(Value::String(text)) => match text.parse() {
                Ok(value) => Some(value),
                Err(error) => self.fault(pointer, error),
            },
            Some(_) => self.fault(pointer, "must be a string"),
        }
    }

    /// Parses a string that can be null or absent.
    pub(crate) fn optional<T: FromStr<Err: Display>>(&mut self, pointer: &str) -> Option<T> {
        match self.json.pointer(pointer) {
            None | Some(Value::Null) => None,
            Some(_) => self.required(pointer),
        }
    }

    /// Returns a whole number that is not negative.
    pub(crate) fn whole_number(&mut self, pointer: &str) -> Option<u64> {
        match self.json.pointer(pointer) {
            None => self.fault(pointer, "is required"),
            Some(value) => match value.as_u64() {
                Some(number) => Some(number),
                None => self.fault(pointer, format!("must be a whole number from 0 to {}", u64::MAX)),
            },
        }
    }

    /// Returns as much of a string as a reason can have. A reason decides nothing, so nothing is wrong with it.
    pub(crate) fn reason(&self, pointer: &str) -> Option<Reason> {
        let is_visible = |char: &char| !char.is_control() && !is_format_character(*char);
        let visible: String = self.text(pointer)?.chars().filter(is_visible).collect();
        let cut: String = visible.trim().chars().take(Reason::MAX_CHARS).collect();
        cut.trim_end().parse().ok()
    }

    /// Returns the value, or all faults.
    pub(crate) fn checked<T>(self, value: T) -> Result<T, InvalidNotification> {
        if self.is_valid() { Ok(value) } else { Err(InvalidNotification::Fields(self.errors)) }
    }

    /// Returns the notification, or all faults; `None` when a part is missing that the object need not have.
    pub(crate) fn finish(
        self,
        statement: Option<Statement>,
        payment: Option<ObjectId>,
        order: Option<OrderReference>,
        request: Option<RequestId>,
        occurred_at: Option<Timestamp>,
    ) -> Result<Option<Notification>, InvalidNotification> {
        self.checked(())?;
        let (Some(statement), Some(payment), Some(occurred_at)) = (statement, payment, occurred_at) else {
            return Ok(None);
        };
        let subject = Subject { order, payment: payment.clone() };
        Ok(Some(Notification { subject, fact: Fact { payment, statement, request }, occurred_at }))
    }
}
