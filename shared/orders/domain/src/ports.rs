//! What the use cases need of the world outside, as traits.
//!
//! Every method answers within a bounded time: adapters put a deadline on each call. A
//! [`PortError::Unavailable`] leaves open whether the work was done, since an answer can be
//! lost on its way; every method is therefore safe to repeat.

use crate::{
    BuriedEvent, DeadLetter, Event, Fingerprint, IdempotencyKey, Lease, Order, OrderId, OrderQuery,
    OrderRecord, Page, PendingEvent, PutOff, StatusChange, Tenant, Timestamp, Version,
};
use std::sync::Arc;

/// Why a port could not answer.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The dependency is down, too slow, or refuses the call. Repeating it later may help.
    #[error("{dependency} is not available")]
    Unavailable {
        /// Which dependency.
        dependency: &'static str,
        /// What it said.
        source: BoxError,
    },
    /// The dependency answered, but not with what was once stored there. Repeating won't help.
    #[error("{dependency} holds something unreadable")]
    Unreadable {
        /// Which dependency.
        dependency: &'static str,
        /// What is wrong with it.
        source: BoxError,
    },
}

/// The source of a [`PortError`]: an SDK's own error, for the log only.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Where idempotency keys are claimed, each with the order that it stands for.
pub trait Claims {
    /// Claims a key for an order, unless somebody did before and the claim still holds at
    /// `claim.order.created_at()`. One atomic step: of any number of callers at once, one wins.
    fn claim(&self, claim: &NewClaim<'_>) -> impl Future<Output = Result<Claim, PortError>> + Send;
}

/// A key, and the order that it shall stand for.
#[derive(Clone, Copy, Debug)]
pub struct NewClaim<'a> {
    /// The caller's key; counts within the order's tenant.
    pub key: &'a IdempotencyKey,
    /// What the caller asked for.
    pub fingerprint: Fingerprint,
    /// The order made of it.
    pub order: &'a Order,
    /// When the claim ends.
    pub expires_at: Timestamp,
}

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Ours now, or it already was: our own write may be repeated after a lost answer.
    Won,
    /// An equal request was here before; this is its order.
    Replay(Order),
    /// Another request uses this key.
    KeyReused,
}

/// Where orders are kept.
pub trait Orders {
    /// Stores a new order, its history and its outbox in one write.
    fn insert(&self, record: &OrderRecord) -> impl Future<Output = Result<Inserted, PortError>> + Send;

    /// Makes the change, its history entry and its outbox entry in one atomic write, if the
    /// order is at the expected version, may go to the target, and has not seen the key.
    /// `None` when it isn't so, or there is no such order.
    fn apply(
        &self,
        change: &StatusChange,
    ) -> impl Future<Output = Result<Option<OrderRecord>, PortError>> + Send;

    /// The order as it stands; `None` when the tenant has no such order.
    fn find(
        &self,
        tenant: &Tenant,
        id: OrderId,
    ) -> impl Future<Output = Result<Option<OrderRecord>, PortError>> + Send;
}

/// Whether an order was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is new.
    New,
    /// An order with this identity was stored before, by us or by another try.
    AlreadyThere,
}

/// Where orders are looked through.
pub trait Listing {
    /// The first orders that match, newest first, at most as many as the query's limit. Takes as
    /// long as the page is large, however many orders there are and however far back it begins.
    fn page(&self, query: &OrderQuery) -> impl Future<Output = Result<Page, PortError>> + Send;
}

/// Where events wait until they are published.
pub trait Outbox {
    /// Takes away the event of one version of an order, and no other. Harmless to repeat.
    fn settle(
        &self,
        tenant: &Tenant,
        id: OrderId,
        version: Version,
    ) -> impl Future<Output = Result<Settled, PortError>> + Send;
}

/// What is in an outbox after an event was taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Nothing.
    Empty,
    /// Other events, or it is not known to be empty.
    MoreLeft,
}

/// Where the relay finds events that were not published by whoever wrote them.
pub trait Backlog {
    /// Leases the order whose events have been due the longest, in one atomic step: until the
    /// lease ends or is given back, nobody else gets this order. `None` when nothing is due. An
    /// order that is [`PortError::Unreadable`] is put off for long, so that others get their turn.
    fn lease(&self, lease: &Lease) -> impl Future<Output = Result<Option<OrderRecord>, PortError>> + Send;

    /// Takes away the event of one version of a leased order, and no other. Does nothing when
    /// the lease was lost: an event that was put back since is then not ours to take.
    fn settle(
        &self,
        lease: &Lease,
        record: &OrderRecord,
        version: Version,
    ) -> impl Future<Output = Result<Settled, PortError>> + Send;

    /// Gives an order back, to become due again later. Does nothing when the lease was lost.
    fn put_off(
        &self,
        lease: &Lease,
        record: &OrderRecord,
        put_off: PutOff,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// What waits to be published, as its keepers see it.
pub trait WaitingEvents {
    /// Puts an event into an order's outbox again, due at once, and ends the order's lease: whoever
    /// had it may be about to take away this very event, which it has buried. An order that doesn't
    /// exist, or never had this version, is [`PortError::Unreadable`].
    fn put_back(
        &self,
        tenant: &Tenant,
        id: OrderId,
        event: &PendingEvent,
    ) -> impl Future<Output = Result<PutBack, PortError>> + Send;

    /// Since when the event that waits the longest has been waiting; `None` when none waits.
    fn oldest(&self) -> impl Future<Output = Result<Option<Timestamp>, PortError>> + Send;
}

/// What became of an event that was to be put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutBack {
    /// It is in the outbox again.
    Done,
    /// It was in there already, perhaps about to be taken away by whoever buried it. Nothing
    /// was done.
    WasThere,
}

/// Where events go.
pub trait EventPublisher {
    /// Publishes events and tells the fate of each, in the order given.
    fn publish(&self, events: &[Event]) -> impl Future<Output = Vec<Delivery>> + Send;
}

/// The fate of one event.
#[derive(Debug)]
pub enum Delivery {
    /// The bus has it.
    Accepted,
    /// The bus refused this event, though it may have accepted others of the same call.
    Rejected {
        /// What the bus said.
        reason: String,
    },
    /// The call failed. Nothing is known of the event, and nothing is wrong with it.
    Unsent(Arc<PortError>),
}

/// Where events go that the bus rejects time and again.
pub trait DeadLetters {
    /// Buries an event with the reason.
    fn bury(&self, letter: &DeadLetter) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Where dead letters are taken out again.
pub trait BuriedEvents {
    /// Some of the letters; none when there are none that nobody else has. They stay hidden from
    /// others for a while, and come back unless they are forgotten until then. A letter that is
    /// none of ours is [`PortError::Unreadable`] by itself.
    fn exhume(&self) -> impl Future<Output = Result<Vec<Result<BuriedEvent, PortError>>, PortError>> + Send;

    /// Takes a letter away for good.
    fn forget(&self, letter: &BuriedEvent) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Something whose health can be asked for.
pub trait Probe {
    /// The cheapest call that proves the dependency reachable and our credentials valid.
    fn probe(&self) -> impl Future<Output = Result<(), PortError>> + Send;
}
