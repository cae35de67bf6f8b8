//! Events that tell others what is due.

use crate::FollowedOrder;
use kernel::Timestamp;

/// Event about the fulfilment of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FulfilmentEvent {
    /// Order.
    pub order: FollowedOrder,
    /// Content.
    pub kind: FulfilmentEventKind,
    /// Time at which the state machine entered the step, the same in each of its retries.
    pub at: Timestamp,
}

/// Content of an event about the fulfilment of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FulfilmentEventKind {
    /// The order is paid, and can be fulfilled.
    Requested {
        /// Time until which it is to be fulfilled.
        fulfil_by: Timestamp,
    },
    /// The order is not fulfilled yet.
    Reminder {
        /// Time until which it is to be fulfilled now.
        fulfil_by: Timestamp,
    },
    /// The order is not fulfilled, although somebody was reminded.
    Escalated,
}

impl FulfilmentEvent {
    /// Returns the type.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.kind {
            FulfilmentEventKind::Requested { .. } => "FulfilmentRequested",
            FulfilmentEventKind::Reminder { .. } => "FulfilmentReminder",
            FulfilmentEventKind::Escalated => "FulfilmentEscalated",
        }
    }

    /// Returns the id: the same in every attempt, since each order has each event once.
    #[must_use]
    pub fn id(&self) -> String {
        let name = match self.kind {
            FulfilmentEventKind::Requested { .. } => "fulfilment-requested",
            FulfilmentEventKind::Reminder { .. } => "fulfilment-reminder",
            FulfilmentEventKind::Escalated => "fulfilment-escalated",
        };
        format!("{}:{name}", self.order.id)
    }

    /// Returns the time until which the order is to be fulfilled; `None` after that.
    #[must_use]
    pub fn fulfil_by(&self) -> Option<Timestamp> {
        match self.kind {
            FulfilmentEventKind::Requested { fulfil_by } | FulfilmentEventKind::Reminder { fulfil_by } => {
                Some(fulfil_by)
            }
            FulfilmentEventKind::Escalated => None,
        }
    }
}
