//! JSON forms of an accepted order and of its status, for readers without a token.

use kernel::Timestamp;
use orders_domain::OrderId;
use orders_domain::ports::TrackedStatus;
use serde::{Deserialize, Serialize};

/// Status of an order that is not decided.
pub const PENDING: &str = "PENDING";

/// Order that was accepted for processing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AcceptedOrder))]
pub struct AcceptanceJson {
    /// Id that the order has once it is decided.
    order_id: String,
    /// Always `PENDING`.
    status: String,
    /// Reference to the status of the order, which needs no token.
    status_url: String,
    /// Time until which the reference is valid (RFC 3339, in UTC).
    expires_at: String,
}

impl AcceptanceJson {
    /// Creates the form of an accepted order.
    #[must_use]
    pub fn new(order: OrderId, status_url: String, expires_at: Timestamp) -> Self {
        Self {
            order_id: order.to_string(),
            status: PENDING.to_owned(),
            status_url,
            expires_at: expires_at.to_string(),
        }
    }
}

/// Status of an order.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = OrderStatus))]
pub struct StatusJson {
    /// Id of the order.
    order_id: String,
    /// Status of the order; `PENDING` until it is decided.
    status: String,
    /// Reason for a cancellation or a rejection; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    reason: Option<String>,
}

/// Writes the response to an accepted order.
#[must_use]
pub fn acceptance_to_json(acceptance: &AcceptanceJson) -> String {
    serde_json::to_string(acceptance).expect("strings always serialise")
}

/// Returns the reference to the status in a text of [`acceptance_to_json`].
#[must_use]
pub fn status_url_of(acceptance: &str) -> Option<String> {
    serde_json::from_str(acceptance).ok().map(|json: AcceptanceJson| json.status_url)
}

/// Writes the status of an order; `None` for one that is not decided.
#[must_use]
pub fn status_to_json(order: OrderId, status: Option<&TrackedStatus>) -> String {
    let json = StatusJson {
        order_id: order.to_string(),
        status: status.map_or_else(|| PENDING.to_owned(), |tracked| tracked.status.to_string()),
        reason: status.and_then(|tracked| tracked.reason.clone()),
    };
    serde_json::to_string(&json).expect("strings always serialise")
}
