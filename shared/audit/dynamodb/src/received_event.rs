//! Events as a subscriber receives them.

use serde::Deserialize;
use serde_json::value::RawValue;

/// Event from the envelope in which EventBridge delivers it.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedEvent<'a> {
    detail: &'a RawValue,
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
    /// An error when the text is not JSON, or not an envelope.
    pub fn open(envelope: &'a str) -> serde_json::Result<Self> {
        serde_json::from_str(envelope).map(|Envelope { detail }| Self { detail })
    }

    /// Returns the id of the event, the same on every delivery.
    ///
    /// # Errors
    ///
    /// An error when the event has no id.
    pub fn id(&self) -> serde_json::Result<String> {
        serde_json::from_str(self.detail.get()).map(|Identity { id }| id)
    }

    /// Returns the event, byte for byte as delivered.
    #[must_use]
    pub fn json(&self) -> &'a str {
        self.detail.get()
    }
}
