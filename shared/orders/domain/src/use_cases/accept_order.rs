//! Acceptance of an order that is processed later: a retry never makes a second one.

use super::place_order::{ClaimedOrder, store_claimed};
use crate::ports::{
    Acceptance, Acceptances, ClaimedKey, Holder, NewAcceptance, OrderNumbers, Orders, ProcessingQueue,
};
use crate::{AcceptedRequest, CustomerId, LeasedNumbers, OrderId, PlaceOrderError, PlacedOrder};
use kernel::{IdempotencyKey, PortError, Tenant, Timestamp, Traceparent};
use std::time::Duration;

/// Time after which an accepted order that is not decided is sent to the processor again for the first time.
pub(super) const RESEND_ACCEPTED_AFTER: Duration = Duration::from_mins(2);

/// Command to accept an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptOrder {
    /// Owner of the order.
    pub tenant: Tenant,
    /// Idempotency key of the request.
    pub key: IdempotencyKey,
    /// Customer to whom the key belongs, for a caller who may place orders of this customer only.
    pub customer: Option<CustomerId>,
    /// Request.
    pub request: AcceptedRequest,
    /// Identity for the order, unless an earlier request has claimed the key.
    pub order_id: OrderId,
    /// Response, unless an earlier request has claimed the key.
    pub response: String,
    /// Time of the request's arrival.
    pub received_at: Timestamp,
    /// Trace context of the request.
    pub traceparent: Option<Traceparent>,
}

/// Outcome of [`accept_order`].
#[derive(Debug)]
pub enum AcceptedPlacement {
    /// The order is accepted, and is or was processed later.
    Accepted {
        /// Identity of the order.
        order: OrderId,
        /// Response, the same for every request with this key.
        response: String,
        /// `true` when an earlier request had claimed the key.
        is_replay: bool,
        /// Failure to send the order to the processor. The sweeper sends it.
        unsent: Option<PortError>,
    },
    /// An earlier request has claimed the key for an order that is not processed later, and that is stored.
    Placed(PlacedOrder),
}

/// Claims the key *with the request*, then sends the order to the processor.
///
/// The cost is one conditional write to the claims, and one message. The claim is the promise: an order whose message is lost is
/// sent again by the sweeper, until it is decided.
///
/// # Errors
///
/// [`PlaceOrderError`]; after any error the same command may be repeated.
pub async fn accept_order(
    acceptances: &impl Acceptances,
    queue: &impl ProcessingQueue,
    orders: &impl Orders,
    numbers: Option<&LeasedNumbers<impl OrderNumbers>>,
    command: AcceptOrder,
) -> Result<AcceptedPlacement, PlaceOrderError> {
    let AcceptOrder { tenant, key, customer, request, order_id, response, received_at, traceparent } =
        command;
    let acceptance = NewAcceptance {
        key: ClaimedKey {
            tenant: &tenant,
            key: &key,
            customer: customer.as_ref(),
            fingerprint: request.fingerprint(),
            at: received_at,
        },
        order: order_id,
        request: &request,
        traceparent: traceparent.as_ref(),
        response: &response,
        resend_at: received_at.after(RESEND_ACCEPTED_AFTER),
    };
    match acceptances.accept(&acceptance).await.map_err(PlaceOrderError::Claim)? {
        Acceptance::Won(key) => {
            let unsent = queue.send(&key).await.err();
            Ok(AcceptedPlacement::Accepted { order: order_id, response, is_replay: false, unsent })
        }
        Acceptance::Claimed(Holder::Accepted(claim)) => Ok(AcceptedPlacement::Accepted {
            order: claim.order,
            response: claim.response,
            is_replay: true,
            unsent: None,
        }),
        Acceptance::Claimed(Holder::Equal(order)) => {
            let claimed = ClaimedOrder { order, is_replay: true, received_at, traceparent };
            store_claimed(orders, numbers, claimed).await.map(AcceptedPlacement::Placed)
        }
        Acceptance::Claimed(Holder::Another) => Err(PlaceOrderError::KeyReused),
    }
}
