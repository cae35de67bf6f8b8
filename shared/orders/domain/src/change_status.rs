//! Changing an order so that two writers never overwrite each other.

use crate::ports::{Orders, PortError};
use crate::{
    IdempotencyKey, Order, OrderId, OrderRecord, PendingEvent, Status, Tenant, Timestamp, Traceparent,
    Transition, Version,
};

/// A request to move an order from a known version to another status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusChange {
    /// Whose order.
    pub tenant: Tenant,
    /// Which order.
    pub order_id: OrderId,
    /// The version that the caller has seen.
    pub expected: Version,
    /// The status to go to.
    pub target: Status,
    /// Recognises this request in the order's history: the caller's key, or one made for it.
    pub key: IdempotencyKey,
    /// When the request arrived.
    pub at: Timestamp,
    /// The trace of the request.
    pub traceparent: Option<Traceparent>,
}

/// What became of a [`StatusChange`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was made; the record has events to publish.
    Applied(OrderRecord),
    /// It had been made before by this very request.
    Replayed {
        /// The order as it was right after it.
        then: Order,
        /// The record as it is now; it may have events to publish still.
        record: OrderRecord,
    },
    /// The tenant has no such order.
    NotFound,
    /// The order is at another version.
    VersionConflict {
        /// The version it is at.
        current: Version,
    },
    /// The order may not go there from where it stands.
    InvalidTransition {
        /// Where it stands.
        from: Status,
    },
    /// The key belongs to an earlier change of this order to another status.
    KeyReused,
}

/// The change could not be made, or not certainly. A retry with the same key converges.
#[derive(Debug, thiserror::Error)]
#[error("the status of the order could not be changed")]
pub struct ChangeStatusError(#[from] PortError);

impl ChangeStatusError {
    /// What failed.
    #[must_use]
    pub fn port(&self) -> &PortError {
        &self.0
    }
}

/// Makes the change in one conditional write; only when that matches nothing, one read tells
/// why.
///
/// # Errors
///
/// [`ChangeStatusError`] when the orders can't be reached or read.
pub async fn change_status(orders: &impl Orders, change: &StatusChange) -> Result<Change, ChangeStatusError> {
    loop {
        if let Some(record) = orders.apply(change).await? {
            return Ok(Change::Applied(record));
        }
        let found = orders.find(&change.tenant, change.order_id).await?;
        // Nothing to explain means that the order came to the expected version between the
        // write and the read. Versions only grow, so this can't repeat for ever.
        if let Some(answer) = change.explain(found.as_ref()) {
            return Ok(answer);
        }
    }
}

impl StatusChange {
    /// How the change shows in the order's history.
    #[must_use]
    pub fn transition(&self) -> Transition {
        Transition {
            version: self.expected.next(),
            status: self.target,
            at: self.at,
            key: Some(self.key.clone()),
        }
    }

    /// The event that announces the change.
    #[must_use]
    pub fn event(&self) -> PendingEvent {
        PendingEvent { version: self.expected.next(), traceparent: self.traceparent.clone() }
    }

    /// Why the change can't be made to the record found; `None` when it can.
    #[must_use]
    pub fn explain(&self, found: Option<&OrderRecord>) -> Option<Change> {
        let Some(record) = found else {
            return Some(Change::NotFound);
        };
        let order = record.order();
        let earlier = record.history().iter().find(|t| t.key.as_ref() == Some(&self.key));
        match earlier {
            Some(t) if t.status == self.target => {
                Some(Change::Replayed { then: record.as_of(t), record: record.clone() })
            }
            Some(_) => Some(Change::KeyReused),
            None if order.version() != self.expected => {
                Some(Change::VersionConflict { current: order.version() })
            }
            None if !order.status().can_become(self.target) => {
                Some(Change::InvalidTransition { from: order.status() })
            }
            None => None,
        }
    }
}
