//! Ports of the workflow.

use crate::{FollowedOrder, FulfilmentEvent, OrderFacts, PlacedOrder};
use kernel::{PortError, Timestamp};

/// Executions of the state machine.
pub trait Executions {
    /// Starts the execution of an order, unless it has one.
    fn start(&self, order: &PlacedOrder) -> impl Future<Output = Result<Started, PortError>> + Send;
}

/// Outcome of [`Executions::start`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Started {
    /// The execution is new.
    New,
    /// An earlier delivery of the event has started it.
    AlreadyStarted,
}

/// Orders, as the workflow needs them.
pub trait FollowedOrders {
    /// Returns the order as it is stored; `None` when its tenant has no such order.
    fn find(
        &self,
        order: &FollowedOrder,
    ) -> impl Future<Output = Result<Option<OrderFacts>, PortError>> + Send;

    /// Cancels an order that was not paid in time, by one conditional write.
    fn cancel_unpaid(
        &self,
        order: &FollowedOrder,
        now: Timestamp,
    ) -> impl Future<Output = Result<Cancellation, PortError>> + Send;
}

/// Outcome of [`FollowedOrders::cancel_unpaid`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancellation {
    /// The order is cancelled, by this call or by an earlier attempt.
    Cancelled,
    /// The order is not overdue, or somebody else has changed it at the same time. Nothing was changed.
    Refused,
}

/// Bus for events about the fulfilment of orders.
pub trait FulfilmentEvents {
    /// Publishes an event. After an error it may have been published.
    fn publish(&self, event: &FulfilmentEvent) -> impl Future<Output = Result<(), PortError>> + Send;
}
