//! JSON form of dead letters.

use crate::{EventData, cloud_event};
use kernel::{BoxError, Version};
use orders_domain::{Event, EventAddress, OrderKey, PendingEvent};
use platform_eventbridge::CloudEvent;
use platform_outbox::{DeadLetter, DeadLetterFormat};
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// Dead letters of orders: events that the bus rejected repeatedly.
#[derive(Clone, Copy, Debug)]
pub struct OrderDeadLetters;

/// Error for a text that is not a dead letter.
#[derive(Debug, thiserror::Error)]
#[error("not a dead letter in JSON: {reason}")]
pub struct UnreadableDeadLetter {
    reason: String,
}

/// Dead letter. `event` is the event as subscribers would have received it, for a reader of the queue.
#[derive(Serialize)]
struct DeadLetterJson<'a> {
    event: CloudEvent<EventData>,
    reason: &'a str,
    tries: u32,
    #[serde(flatten)]
    address: AddressJson,
}

#[derive(Serialize, Deserialize)]
struct AddressJson {
    tenant: String,
    order_id: String,
    version: u64,
    traceparent: Option<String>,
}

impl DeadLetterFormat for OrderDeadLetters {
    type Payload = Event;
    type Address = EventAddress;

    fn write(letter: &DeadLetter<Event>) -> String {
        let json = DeadLetterJson {
            event: cloud_event(&letter.payload),
            reason: &letter.reason,
            tries: letter.attempts,
            address: AddressJson::from(EventAddress::from(&letter.payload)),
        };
        serde_json::to_string(&json).expect("strings and numbers always serialise")
    }

    fn read_address(text: &str) -> Result<EventAddress, BoxError> {
        let address: AddressJson =
            serde_json::from_str(text).map_err(|error| unreadable(orders_json::without_value(&error)))?;
        Ok(address.read()?)
    }
}

impl From<EventAddress> for AddressJson {
    fn from(EventAddress { order, event }: EventAddress) -> Self {
        Self {
            tenant: order.tenant.to_string(),
            order_id: order.id.to_string(),
            version: event.version.get(),
            traceparent: event.traceparent.map(|traceparent| traceparent.to_string()),
        }
    }
}

impl AddressJson {
    fn read(self) -> Result<EventAddress, UnreadableDeadLetter> {
        let order = OrderKey {
            tenant: self.tenant.parse().map_err(unreadable)?,
            id: self.order_id.parse().map_err(unreadable)?,
        };
        let event = PendingEvent {
            version: Version::try_from(self.version).map_err(unreadable)?,
            traceparent: self.traceparent.map(|text| text.parse()).transpose().map_err(unreadable)?,
        };
        Ok(EventAddress { order, event })
    }
}

fn unreadable(reason: impl Display) -> UnreadableDeadLetter {
    UnreadableDeadLetter { reason: reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_does_not_contain_the_stored_value() {
        for text in [
            r#"{"tenant":770077,"order_id":"","version":1}"#,
            r#"{"tenant":"a","order_id":"","version":"770077"}"#,
            r#"{"tenant":"77 0077","order_id":"","version":1}"#,
        ] {
            let message = OrderDeadLetters::read_address(text).expect_err(text).to_string();
            assert!(!message.contains("770077") && !message.contains("77 0077"), "{message}");
        }
    }
}
