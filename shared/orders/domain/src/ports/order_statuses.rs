//! Statuses of orders for readers without a token.

use crate::{Order, OrderId, Status};
use kernel::{PortError, Timestamp, Version};
use std::time::Duration;

/// Statuses of orders, apart from the orders themselves.
pub trait OrderStatuses {
    /// Stores a status, unless one of the same version or of a later one is stored.
    fn record(&self, status: &TrackedStatus) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Returns the status of an order; `None` when nothing was stored, or not for a long time.
    fn find(&self, order: OrderId) -> impl Future<Output = Result<Option<TrackedStatus>, PortError>> + Send;
}

/// Status of an order at a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackedStatus {
    /// Identity of the order. Random bits make it unique among all tenants.
    pub order: OrderId,
    /// Version.
    pub version: Version,
    /// Status.
    pub status: Status,
    /// Reason for a cancellation or a rejection, if it has one.
    pub reason: Option<String>,
    /// Time of the change to the version.
    pub at: Timestamp,
}

impl TrackedStatus {
    /// Maximum time for which a link to a status is valid. Stores keep a status for longer.
    pub const MAX_LINK_LIFETIME: Duration = Duration::from_hours(7 * 24);
}

impl From<&Order> for TrackedStatus {
    fn from(order: &Order) -> Self {
        let rejected = order.reject_reason().map(|reason| reason.to_string());
        Self {
            order: order.id(),
            version: order.version(),
            status: order.status(),
            reason: rejected.or_else(|| order.cancel_reason().map(|reason| reason.to_string())),
            at: order.updated_at(),
        }
    }
}
