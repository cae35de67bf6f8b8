//! The JSON form of a dead letter: an event that the bus rejected time and again.

use crate::CloudEvent;
use orders_domain::{DeadLetter, OrderId, PendingEvent, Tenant, Version};
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// What it takes to publish the event of a dead letter again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventAddress {
    /// Whose order it is about.
    pub tenant: Tenant,
    /// Which order.
    pub order_id: OrderId,
    /// Which of its events.
    pub event: PendingEvent,
}

/// The text is not the JSON form of a dead letter.
#[derive(Debug, thiserror::Error)]
#[error("not a dead letter in JSON: {reason}")]
pub struct UnreadableLetter {
    reason: String,
}

/// A letter. `event` is what subscribers would have got, for whoever looks into the queue.
#[derive(Serialize)]
struct Letter<'a> {
    event: CloudEvent,
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

/// The letter as JSON text.
#[must_use]
pub fn dead_letter_to_json(letter: &DeadLetter) -> String {
    let order = &letter.event.order;
    let letter = Letter {
        event: CloudEvent::from(&letter.event),
        reason: &letter.reason,
        tries: letter.tries,
        address: AddressJson {
            tenant: order.tenant().to_string(),
            order_id: order.id().to_string(),
            version: order.version().get(),
            traceparent: letter.event.traceparent.as_ref().map(ToString::to_string),
        },
    };
    serde_json::to_string(&letter).expect("strings and numbers always serialise")
}

/// Reads whose event it is back from [`dead_letter_to_json`]'s text.
///
/// # Errors
///
/// [`UnreadableLetter`] when the text is not JSON, or names no event that an order can have.
pub fn address_from_json(letter: &str) -> Result<EventAddress, UnreadableLetter> {
    let address: AddressJson = serde_json::from_str(letter).map_err(unreadable)?;
    Ok(EventAddress {
        tenant: address.tenant.parse().map_err(unreadable)?,
        order_id: address.order_id.parse().map_err(unreadable)?,
        event: PendingEvent {
            version: Version::try_from(address.version).map_err(unreadable)?,
            traceparent: address.traceparent.map(|text| text.parse()).transpose().map_err(unreadable)?,
        },
    })
}

fn unreadable(reason: impl Display) -> UnreadableLetter {
    UnreadableLetter { reason: reason.to_string() }
}
