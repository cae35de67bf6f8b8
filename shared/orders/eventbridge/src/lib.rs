//! Events of orders on EventBridge.
//!
//! `PutEvents` returns 200 even when it rejects some of its entries, so the adapter reads every entry of
//! the response.
//!
//! Deliberately absent: retries beyond those of the SDK. An event that is not accepted stays in the outbox
//! of its order.

mod cloud_event;
mod dead_letter;
mod outbox_events;
mod publisher;

pub use cloud_event::{CloudEvent, SOURCE};
pub use dead_letter::{OrderDeadLetters, UnreadableDeadLetter};
pub use outbox_events::OutboxEvents;
pub use publisher::EventBridgePublisher;
