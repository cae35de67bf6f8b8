//! Events for subscribers.

use crate::{Order, OrderId, OrderKey, PendingEvent, Status};
use kernel::{Timestamp, Traceparent, Version};
use std::fmt;

/// State change of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Kind of the change.
    pub kind: EventKind,
    /// Order as of the version that the event announces.
    pub order: Order,
    /// Trace context of the request that caused the change.
    pub traceparent: Option<Traceparent>,
}

/// Kind of a state change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The order was placed.
    OrderCreated,
    /// The order was accepted for processing, and then rejected.
    OrderRejected,
    /// The status of the order changed, or other members of it.
    OrderUpdated {
        /// Status before the change.
        previous_status: Status,
        /// Names of the other members that changed.
        changed: Vec<String>,
    },
}

impl EventKind {
    /// Returns the name by which subscribers filter.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::OrderCreated => "OrderCreated",
            Self::OrderRejected => "OrderRejected",
            Self::OrderUpdated { .. } => "OrderUpdated",
        }
    }
}

/// Identity of an event: the same on every attempt to publish it, different from any other event's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventId {
    order_id: OrderId,
    version: Version,
}

/// Address of a stored event: enough to publish it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventAddress {
    /// Order that the event is about.
    pub order: OrderKey,
    /// Event, in the form of the outbox.
    pub event: PendingEvent,
}

impl From<&Event> for EventAddress {
    fn from(event: &Event) -> Self {
        let pending = PendingEvent { version: event.order.version(), traceparent: event.traceparent.clone() };
        Self { order: event.order.key(), event: pending }
    }
}

impl fmt::Display for EventId {
    /// `{order_id}:{version}`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.order_id, self.version)
    }
}

impl Event {
    /// Returns the identity by which subscribers deduplicate.
    #[must_use]
    pub fn id(&self) -> EventId {
        EventId { order_id: self.order.id(), version: self.order.version() }
    }

    /// Returns the time of the change, which is not the time of publication.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.order.updated_at()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_names_are_stable() {
        assert_eq!(EventKind::OrderCreated.name(), "OrderCreated");
        assert_eq!(EventKind::OrderRejected.name(), "OrderRejected");
        let previous_status = Status::Created;
        assert_eq!(EventKind::OrderUpdated { previous_status, changed: vec![] }.name(), "OrderUpdated");
    }
}
