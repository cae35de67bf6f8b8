//! Events as a subscriber receives them.

use serde::Deserialize;
use serde_json::value::RawValue;

/// Event from the envelope in which EventBridge delivers it.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedEvent<'a> {
    detail: &'a RawValue,
}

/// Error for a text that is not an event in an envelope. Contains no part of the text, which may be personal
/// data: the message is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an event (line {line}, column {column})")]
pub struct NotAnEvent {
    line: usize,
    column: usize,
}

impl NotAnEvent {
    fn at(error: &serde_json::Error) -> Self {
        Self { line: error.line(), column: error.column() }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    detail: &'a RawValue,
}

/// Identity of an event; docs/events.md describes the other members.
#[derive(Deserialize)]
struct Identity {
    id: String,
}

impl<'a> ReceivedEvent<'a> {
    /// Reads the event from an envelope.
    ///
    /// # Errors
    ///
    /// [`NotAnEvent`] when the text is not JSON, or not an envelope.
    pub fn open(envelope: &'a str) -> Result<Self, NotAnEvent> {
        let Envelope { detail } = serde_json::from_str(envelope).map_err(|error| NotAnEvent::at(&error))?;
        Ok(Self { detail })
    }

    /// Returns the id of the event, the same on every delivery.
    ///
    /// # Errors
    ///
    /// [`NotAnEvent`] when the event has no id.
    pub fn id(&self) -> Result<String, NotAnEvent> {
        let identity = serde_json::from_str(self.detail.get());
        identity.map(|Identity { id }| id).map_err(|error| NotAnEvent::at(&error))
    }

    /// Returns the event, byte for byte as delivered.
    #[must_use]
    pub fn json(&self) -> &'a str {
        self.detail.get()
    }
}
