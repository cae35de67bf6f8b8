//! What subscribers are told.

use crate::{Order, OrderId, Status, Timestamp, Traceparent, Version};
use std::fmt;

/// One state change of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The order as of the version that the event announces.
    pub order: Order,
    /// The trace of the request that caused the change.
    pub traceparent: Option<Traceparent>,
}

/// What happened to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It was placed.
    OrderCreated,
    /// Its status changed.
    OrderUpdated {
        /// The status that it had before.
        previous_status: Status,
    },
}

impl EventKind {
    /// The name, as subscribers filter by it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OrderCreated => "OrderCreated",
            Self::OrderUpdated { .. } => "OrderUpdated",
        }
    }
}

/// Identifies an event: the same on every attempt to publish it, different for any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EventId {
    order_id: OrderId,
    version: Version,
}

impl fmt::Display for EventId {
    /// `{order_id}:{version}`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.order_id, self.version)
    }
}

impl Event {
    /// The event's identity, for subscribers to recognise duplicates by.
    #[must_use]
    pub fn id(&self) -> EventId {
        EventId { order_id: self.order.id(), version: self.order.version() }
    }

    /// When the change happened, not when it was published.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        self.order.updated_at()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscribers_filter_by_these_names() {
        assert_eq!(EventKind::OrderCreated.name(), "OrderCreated");
        let previous_status = Status::Created;
        assert_eq!(EventKind::OrderUpdated { previous_status }.name(), "OrderUpdated");
    }
}
