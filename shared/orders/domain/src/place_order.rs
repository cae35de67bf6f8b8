//! Placing an order so that a retry never makes a second one.

use crate::ports::{Claim, Claims, Inserted, NewClaim, Orders, PortError};
use crate::{Fingerprint, IdempotencyKey, Order, OrderRecord, Traceparent};
use std::time::Duration;

/// An order that is certainly stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedOrder {
    /// The order, the same for every caller with this key.
    pub order: Order,
    /// Whether an earlier request had claimed the key.
    pub replayed: bool,
    /// The record to announce, when it was this call that stored it. Otherwise whoever did
    /// announces it, or the relay.
    pub unannounced: Option<OrderRecord>,
}

/// Why an order was not placed, or not certainly.
#[derive(Debug, thiserror::Error)]
pub enum PlaceOrderError {
    /// The key stands for another request. Nothing was changed.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The key could not be claimed, or not certainly. A retry with the same key converges.
    #[error("the idempotency key could not be claimed")]
    Claim(#[source] PortError),
    /// The order could not be stored, or not certainly. A retry with the same key converges.
    #[error("the order could not be stored")]
    Insert(#[source] PortError),
}

/// Claims the key *with the order*, then stores the order of whoever holds the claim.
///
/// One conditional write to the claims and one insert; no lock, and no window to wait out:
/// whoever crashes anywhere, the next call with the same key finds the claim and finishes the
/// work. `order` was just made from the request that `fingerprint` stands for.
///
/// # Errors
///
/// See [`PlaceOrderError`]; after any error the same call may be repeated.
pub async fn place_order(
    claims: &impl Claims,
    orders: &impl Orders,
    order: Order,
    key: &IdempotencyKey,
    fingerprint: Fingerprint,
    ttl: Duration,
    traceparent: Option<Traceparent>,
) -> Result<PlacedOrder, PlaceOrderError> {
    let claim = NewClaim { key, fingerprint, order: &order, expires_at: order.created_at().after(ttl) };
    let (order, replayed) = match claims.claim(&claim).await.map_err(PlaceOrderError::Claim)? {
        Claim::Won => (order, false),
        Claim::Replay(earlier) => (earlier, true),
        Claim::KeyReused => return Err(PlaceOrderError::KeyReused),
    };
    let record = OrderRecord::created(order, traceparent);
    let inserted = orders.insert(&record).await.map_err(PlaceOrderError::Insert)?;
    Ok(PlacedOrder {
        order: record.order().clone(),
        replayed,
        unannounced: match inserted {
            // Of our own claim it is most likely our own insert, repeated after a lost answer. If
            // a retry was faster, both announce it, under the same id.
            Inserted::AlreadyThere if replayed => None,
            Inserted::New | Inserted::AlreadyThere => Some(record),
        },
    })
}
