//! Orders that are accepted, and processed later.

use super::{ClaimedKey, Holder};
use crate::{AcceptedKey, AcceptedOrder, AcceptedRequest, OrderId};
use kernel::{PortError, Timestamp, Traceparent};
use std::time::Duration;

/// Idempotency claims of orders that are processed later. Such a claim contains the request, and has no end until it is decided.
pub trait Acceptances {
    /// Claims a key for a request, unless another claim on it is valid. One atomic step, as [`Claims`](super::Claims) is.
    fn accept(
        &self,
        acceptance: &NewAcceptance<'_>,
    ) -> impl Future<Output = Result<Acceptance, PortError>> + Send;
}

/// Claim on a key for an order that is processed later.
#[derive(Clone, Copy, Debug)]
pub struct NewAcceptance<'a> {
    /// Key of the request.
    pub key: ClaimedKey<'a>,
    /// Identity of the order.
    pub order: OrderId,
    /// Request.
    pub request: &'a AcceptedRequest,
    /// Trace context of the request.
    pub traceparent: Option<&'a Traceparent>,
    /// Response to this request, and to every one with its key.
    pub response: &'a str,
    /// Time from which the order is sent to the processor again.
    pub resend_at: Timestamp,
}

/// Outcome of [`Acceptances::accept`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// The key is claimed for this order. The claim may be from an earlier attempt: the SDK retries a write after a lost
    /// response.
    Won(AcceptedKey),
    /// The key has a valid claim.
    Claimed(Holder),
}

/// Claim of an order that was accepted for processing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedClaim {
    /// Identity of the order.
    pub order: OrderId,
    /// Response to the request, and to every one with its key.
    pub response: String,
    /// `true` once the order is stored, as accepted or as rejected.
    pub is_decided: bool,
}

/// Queue of accepted orders on their way to the processor. It delivers each at least once, unless it loses it: the sweeper
/// sends what stays open again.
pub trait ProcessingQueue {
    /// Sends an order.
    fn send(&self, order: &AcceptedKey) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// State of the queue of accepted orders.
pub trait ProcessingBacklog {
    /// Returns `true` when the queue has no messages, as far as it knows.
    fn is_empty(&self) -> impl Future<Output = Result<bool, PortError>> + Send;
}

/// Progress of the processor, by which the sweeper knows how old messages of a queue that is not empty are.
pub trait ProcessingProgress {
    /// Notes how long the oldest message of a batch was in the queue.
    fn note(&self, progress: Progress) -> impl Future<Output = Result<(), PortError>> + Send;

    /// Returns what was noted last.
    fn last(&self) -> impl Future<Output = Result<Option<Progress>, PortError>> + Send;
}

/// Age of the oldest message of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Time that the message was in the queue.
    pub age: Duration,
    /// Time of the batch.
    pub at: Timestamp,
}

/// Accepted orders that the processor decides.
pub trait AcceptedOrders {
    /// Returns the requests of orders, in the same sequence. `None` for an order that is decided, or whose claim is gone.
    fn find_all(
        &self,
        keys: &[AcceptedKey],
    ) -> impl Future<Output = Result<Vec<Option<Result<AcceptedOrder, PortError>>>, PortError>> + Send;

    /// Notes that an order is stored: its claim ends at a time, and loses the request. Does nothing when that was noted before.
    fn decide(
        &self,
        key: &AcceptedKey,
        expires_at: Timestamp,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Accepted orders that nobody has decided yet.
pub trait OpenAcceptances {
    /// Returns orders that were to be sent again before a time; those that wait longest first, in each partition of the index.
    fn due(&self, now: Timestamp) -> impl Future<Output = Result<Vec<OpenAcceptance>, PortError>> + Send;

    /// Puts the next time off; `false` when somebody else did, or the order is decided.
    fn put_off(
        &self,
        open: &OpenAcceptance,
        until: Timestamp,
    ) -> impl Future<Output = Result<bool, PortError>> + Send;
}

/// Accepted order that nobody has decided yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAcceptance {
    /// Identity of the order, and its claim.
    pub key: AcceptedKey,
    /// Time from which it is sent again.
    pub resend_at: Timestamp,
}
