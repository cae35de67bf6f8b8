//! Violations of the guarantees.

/// Violation of a guarantee.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Violation {
    /// A task does not finish within the limit of turns.
    #[error("a task never finishes")]
    Unfinished,
    /// Two orders of one key within the lifetime of a claim.
    #[error("two orders of one request: {0}")]
    DuplicateOrder(String),
    /// Two orders have the same number or the same external id, or one has no number.
    #[error("a value is not unique: {0}")]
    NotUnique(String),
    /// A response has an order that is not stored, or not in this form.
    #[error("the order of a response is not stored: {0}")]
    NotStored(String),
    /// A client got the order of another request.
    #[error("a response has the order of another request: {0}")]
    WrongOrder(String),
    /// A response confirms a change that was not applied, or not in this form.
    #[error("a response about a change is wrong: {0}")]
    WrongChange(String),
    /// An accepted order was not decided.
    #[error("an accepted order was not decided: {0}")]
    Undecided(String),
    /// A response about an accepted order is not what its document says, or not what an earlier response was.
    #[error("a response contradicts an accepted order: {0}")]
    Contradiction(String),
    /// The status that readers without a token get is not that of the order.
    #[error("a status is wrong: {0}")]
    WrongStatus(String),
    /// An accepted order does not ask once for the payment that its request names, or a rejected one asks for money.
    #[error("an accepted order is charged wrongly: {0}")]
    WrongCharge(String),
    /// A change was refused, but applied.
    #[error("a change was refused and made: {0}")]
    RefusedButMade(String),
    /// A read returned an older version than one that was known before.
    #[error("a stale read: {0}")]
    StaleRead(String),
    /// The event of a committed change never arrived.
    #[error("an event was not published: {0}")]
    LostEvent(String),
    /// An event arrived without a committed change.
    #[error("an event without a committed change: {0}")]
    UnknownEvent(String),
    /// An event arrived before an earlier one of its order.
    #[error("an event out of order: {0}")]
    OutOfOrder(String),
    /// A reservation is open, or the stock of an order that has ended is not settled.
    #[error("stock is not settled: {0}")]
    UnsettledStock(String),
    /// A fact about a payment was accepted, and is not part of its order.
    #[error("a payment was lost: {0}")]
    LostPayment(String),
    /// Money is kept that nobody owes, or an order is not paid although all was taken.
    #[error("a payment is wrong: {0}")]
    WrongPayment(String),
    /// A request to a provider was not made, not sent, or not answered.
    #[error("a request to a provider is open: {0}")]
    OpenRequest(String),
    /// A provider has given back more than the requests and people have asked for.
    #[error("money was given back twice: {0}")]
    GivenBackTwice(String),
    /// The system has asked for more money than was left, although nobody else had given any back.
    #[error("a refund exceeds what was taken: {0}")]
    ExcessiveRefund(String),
    /// The money at the provider is not what the order says, or not what it owes.
    #[error("the money at the provider is wrong: {0}")]
    WrongLedger(String),
    /// A response about a refund or a charge is not what the order has.
    #[error("a response about money is wrong: {0}")]
    WrongRequest(String),
    /// Units were oversold, or are held by nobody.
    #[error("the stock is wrong: {0}")]
    WrongStock(String),
}
