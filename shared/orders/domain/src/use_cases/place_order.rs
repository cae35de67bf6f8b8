//! Placement of an order: a retry never creates a second one.

use crate::ports::{Claim, Claims, Inserted, NewClaim, Orders};
use crate::{CustomerId, Fingerprint, NewOrder, Order, OrderId, OrderRecord};
use kernel::{IdempotencyKey, PortError, Tenant, Timestamp, Traceparent};
use std::time::Duration;

/// Command to place an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceOrder {
    /// Owner of the order.
    pub tenant: Tenant,
    /// Idempotency key of the request.
    pub key: IdempotencyKey,
    /// Customer to whom the key belongs, for a caller who may place orders of this customer only.
    pub customer: Option<CustomerId>,
    /// Lifetime of the claim on the key, from the arrival of the request on.
    pub claim_ttl: Duration,
    /// Order that the client requests.
    pub request: NewOrder,
    /// Identity for the order, unless an earlier request has claimed the key.
    pub order_id: OrderId,
    /// Time of the request's arrival.
    pub received_at: Timestamp,
    /// Trace context of the request.
    pub traceparent: Option<Traceparent>,
}

/// Order that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedOrder {
    /// Order, the same for every request with this key.
    pub order: Order,
    /// `true` when an earlier request had claimed the key.
    pub is_replay: bool,
    /// Record with events to publish, when this call has stored it. Otherwise the request that has
    /// stored it publishes them, or the relay does.
    pub unpublished: Option<OrderRecord>,
}

/// Error of [`place_order`].
#[derive(Debug, thiserror::Error)]
pub enum PlaceOrderError {
    /// The key belongs to another request. Nothing was changed.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Another order of the tenant has the external id. No order was placed.
    #[error("another order has the external id")]
    ExternalIdTaken,
    /// The claim failed, or its outcome is unknown. A retry with the same key converges.
    #[error("the idempotency key could not be claimed")]
    Claim(#[source] PortError),
    /// The insert failed, or its outcome is unknown. A retry with the same key converges.
    #[error("the order could not be stored")]
    Insert(#[source] PortError),
}

/// Claims the key *with the order*, then stores the order of the claim.
///
/// The cost is one conditional write to the claims and one insert. No lock must expire first: after a crash
/// at any point, the next request with the same key finds the claim and completes the work.
///
/// # Errors
///
/// [`PlaceOrderError`]; after any error the same command may be repeated.
pub async fn place_order(
    claims: &impl Claims,
    orders: &impl Orders,
    command: PlaceOrder,
) -> Result<PlacedOrder, PlaceOrderError> {
    let PlaceOrder { tenant, key, customer, claim_ttl, request, order_id, received_at, traceparent } =
        command;
    let fingerprint = Fingerprint::of(&request);
    let order = Order::place(request, tenant, order_id, received_at);
    let expires_at = received_at.after(claim_ttl);
    let claim = NewClaim { key: &key, customer: customer.as_ref(), fingerprint, order: &order, expires_at };
    let (order, is_replay) = match claims.claim(&claim).await.map_err(PlaceOrderError::Claim)? {
        Claim::Won => (order, false),
        Claim::Replay(earlier) => (earlier, true),
        Claim::KeyReused => return Err(PlaceOrderError::KeyReused),
    };
    let record = OrderRecord::created(order, traceparent);
    let inserted = orders.insert(&record).await.map_err(PlaceOrderError::Insert)?;
    Ok(PlacedOrder {
        order: record.order().clone(),
        is_replay,
        unpublished: match inserted {
            // With our own claim, this is most likely our own insert, retried after a lost response. If
            // another request was faster, both publish the event with the same id.
            Inserted::ExternalIdTaken => return Err(PlaceOrderError::ExternalIdTaken),
            Inserted::AlreadyThere if is_replay => None,
            Inserted::New | Inserted::AlreadyThere => Some(record),
        },
    })
}
