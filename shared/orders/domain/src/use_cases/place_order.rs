//! Placement of an order: a retry never creates a second one.

use crate::ports::{Claim, Claims, Inserted, NewClaim, OrderNumbers, Orders};
use crate::{CustomerId, Fingerprint, LeasedNumbers, NewOrder, Order, OrderId, OrderRecord};
use kernel::{IdempotencyKey, PortError, Tenant, Timestamp, Traceparent};
use std::time::Duration;

/// Maximum number of order numbers that are tried for one order. A number is taken when the counter was restored from a
/// backup, and each attempt leases a further block.
const MAX_NUMBERS: usize = 4;

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
    /// Order as it was created, the same for every request with this key.
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
    /// The order has no number. A retry with the same key converges.
    #[error("the order could not be numbered")]
    Number(#[source] PortError),
    /// The claim failed, or its outcome is unknown. A retry with the same key converges.
    #[error("the idempotency key could not be claimed")]
    Claim(#[source] PortError),
    /// The insert failed, or its outcome is unknown. A retry with the same key converges.
    #[error("the order could not be stored")]
    Insert(#[source] PortError),
}

/// Claims the key *with the order*, then stores the order of the claim.
///
/// The cost is one conditional write to the claims and one insert; with `numbers`, also a lease for every block of
/// numbers. No lock must expire first: after a crash at any point, the next request with the same key finds the claim
/// and completes the work. The number of the claim is a proposal: if another order has it, the stored order decides.
///
/// # Errors
///
/// [`PlaceOrderError`]; after any error the same command may be repeated.
pub async fn place_order(
    claims: &impl Claims,
    orders: &impl Orders,
    numbers: Option<&LeasedNumbers<impl OrderNumbers>>,
    command: PlaceOrder,
) -> Result<PlacedOrder, PlaceOrderError> {
    let PlaceOrder { tenant, key, customer, claim_ttl, request, order_id, received_at, traceparent } =
        command;
    let fingerprint = Fingerprint::of(&request);
    let number = match numbers {
        Some(numbers) => Some(numbers.take(&tenant).await.map_err(PlaceOrderError::Number)?),
        None => None,
    };
    let order = Order::place(request, tenant, order_id, received_at).with_number(number);
    let expires_at = received_at.after(claim_ttl);
    let claim = NewClaim { key: &key, customer: customer.as_ref(), fingerprint, order: &order, expires_at };
    let claimed = claims.claim(&claim).await.map_err(PlaceOrderError::Claim)?;
    if claimed != Claim::Won
        && let Some((numbers, number)) = numbers.zip(number)
    {
        numbers.give_back(order.tenant(), number);
    }
    let (order, is_replay) = match claimed {
        Claim::Won => (order, false),
        Claim::Replay(earlier) => (earlier, true),
        Claim::KeyReused => return Err(PlaceOrderError::KeyReused),
    };
    if is_replay
        && let Some(existing) = orders.existing(&order.key()).await.map_err(PlaceOrderError::Insert)?
    {
        return Ok(PlacedOrder { order: order.with_number(existing.number), is_replay, unpublished: None });
    }
    let record = OrderRecord::created(order, traceparent).stored_at(received_at);
    let (record, is_new) = insert(orders, numbers, record).await?;
    Ok(PlacedOrder {
        order: record.as_created(),
        is_replay,
        // With our own claim, an order that is already there is most likely our own insert, retried after a lost
        // response. If another request was faster, both publish the event with the same id.
        unpublished: (is_new || !is_replay).then_some(record),
    })
}

/// Stores the order, with another number if its own is taken. Returns the stored order; `false` when an earlier attempt
/// has stored it.
async fn insert(
    orders: &impl Orders,
    numbers: Option<&LeasedNumbers<impl OrderNumbers>>,
    mut record: OrderRecord,
) -> Result<(OrderRecord, bool), PlaceOrderError> {
    for _ in 0..MAX_NUMBERS {
        match orders.insert(&record).await.map_err(PlaceOrderError::Insert)? {
            Inserted::New => return Ok((record, true)),
            Inserted::AlreadyThere(existing) => return Ok((record.with_number(existing.number), false)),
            Inserted::ExternalIdTaken => return Err(PlaceOrderError::ExternalIdTaken),
            Inserted::NumberTaken => {}
        }
        let tenant = record.order().tenant();
        let number = match numbers {
            Some(numbers) => {
                numbers.discard(tenant);
                Some(numbers.take(tenant).await.map_err(PlaceOrderError::Number)?)
            }
            None => None,
        };
        record = record.with_number(number);
    }
    let source = format!("{MAX_NUMBERS} numbers in a row belong to other orders").into();
    Err(PlaceOrderError::Number(PortError::Unavailable { dependency: "order numbers", source }))
}
