//! An event as a subscriber gets it.

use serde::Deserialize;
use serde_json::value::RawValue;

/// An event out of the envelope in which EventBridge delivers it.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedEvent<'a> {
    detail: &'a RawValue,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    detail: &'a RawValue,
}

/// The event's identity; see docs/events.md for the rest of it.
#[derive(Deserialize)]
struct Identity {
    id: String,
}

impl<'a> ReceivedEvent<'a> {
    /// Takes the event out of an envelope.
    ///
    /// # Errors
    ///
    /// When the text is not JSON, or no envelope.
    pub fn open(envelope: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(envelope).map(|Envelope { detail }| Self { detail })
    }

    /// The event's id, the same on every delivery.
    ///
    /// # Errors
    ///
    /// When what was delivered is no event with an id.
    pub fn id(&self) -> serde_json::Result<String> {
        serde_json::from_str(self.detail.get()).map(|Identity { id }| id)
    }

    /// The event, byte for byte as it was delivered.
    #[must_use]
    pub fn json(&self) -> &'a str {
        self.detail.get()
    }
}
