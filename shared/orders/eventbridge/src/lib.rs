//! Events of orders on EventBridge. An event that the bus does not accept stays in the outbox of its order.

mod cloud_event;
mod dead_letter;
mod outbox_events;
mod publisher;

pub use cloud_event::{EventData, SOURCE, cloud_event};
pub use dead_letter::{OrderDeadLetters, UnreadableDeadLetter};
pub use outbox_events::OutboxEvents;
pub use publisher::EventBridgePublisher;
