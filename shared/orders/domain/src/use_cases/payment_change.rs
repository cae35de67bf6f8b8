//! Changes of the payments of an order, and what follows from them.

use crate::{
    CapturePolicy, Compensation, Effect, OrderChange, OrderRecord, Owed, PaymentAdditions, PaymentRequestId,
    PaymentStatus, Payments, ProviderRequest, Refund, RequestKey, RequestStatus, Status, StockHold,
};
use kernel::{PortError, Timestamp, Traceparent};
use std::time::Duration;

/// Additions to the payments of an order, and what follows from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentChange {
    /// Additions.
    pub added: PaymentAdditions,
    /// Status before.
    pub from: Status,
    /// New status; `None` when the status stays as it is.
    pub target: Option<Status>,
    /// Compensation that a cancellation needs from now on.
    pub compensation: Compensation,
    /// `true` when the fulfilment has to take money that is set aside.
    pub holds_capture: bool,
    /// Work that the payments need after the change.
    pub tasks: Tasks,
    /// `true` when units of the added refund have to come back into stock.
    pub restocks: bool,
    /// Charges that the added facts answer: their tokens are of no use any more.
    pub answered_charges: Vec<PaymentRequestId>,
    /// Time at which the order is cancelled unless it is paid by then, if it is another one now.
    pub payment_due_at: Option<Timestamp>,
}

/// Work that the payments of an order need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tasks {
    /// Nothing: all requests are answered.
    Nothing,
    /// Requests of earlier changes are not answered, or a charge waits for the review of the order.
    Earlier,
    /// The change adds requests, or units that come back, or the money of a fulfilled order has to be taken.
    New,
}

/// Time for which an order is not cancelled while a provider is asked to take its money.
const CHARGE_PERIOD: Duration = Duration::from_mins(10);

impl PaymentChange {
    /// Time after a change for which the function that made it sends its requests itself.
    pub const SENDING_GRACE: Duration = Duration::from_secs(30);

    /// Returns what follows from additions to the payments of an order.
    ///
    /// # Errors
    ///
    /// [`PortError::Unreadable`]: the order has too many facts, or its total is no money.
    pub fn new(
        record: &OrderRecord,
        added: PaymentAdditions,
        capture: CapturePolicy,
        at: Timestamp,
    ) -> Result<Self, PortError> {
        let payments = record.payments().with(&added, record.order().version().next(), at);
        // The answer to a request of ours is always kept.
        let is_answer = |id: &PaymentRequestId| record.payments().requests().iter().any(|it| it.id == *id);
        if payments.facts().len() > Payments::MAX && !added.answered().any(is_answer) {
            return Err(unreadable("the order has too many facts about its payment"));
        }
        // The answer about money that was paid by other means is part of the change.
        let is_open = |request: &ProviderRequest| payments.status_of(request) == RequestStatus::Unanswered;
        let asks_a_provider = added.requests.iter().any(is_open);
        let restocks = added.refund.as_ref().is_some_and(|refund| restocks(record, refund));
        let from = record.order().status();
        let owed = owed(record)?;
        let is_paid = from == Status::Created && payments.cover_total(&owed, capture);
        let target = if is_paid {
            Some(Status::Paid)
        } else {
            is_declined(record, &payments, &owed).then_some(Status::Cancelled)
        };
        let status = target.unwrap_or(from);
        let owed = Owed { status, ..owed };
        Ok(Self {
            from,
            target,
            compensation: payments.compensation(&owed),
            holds_capture: status == Status::Paid && payments.can_be_captured(&owed),
            tasks: if restocks
                || asks_a_provider
                || must_be_captured(&payments, &owed)
                || must_be_charged(record, &payments, &owed)
            {
                Tasks::New
            } else if record.is_restock_due()
                || payments.unanswered().next().is_some()
                || record.held_charge().is_some()
            {
                Tasks::Earlier
            } else {
                Tasks::Nothing
            },
            restocks,
            answered_charges: answered_charges(record, &added),
            payment_due_at: due_at(record, &payments, &owed, at),
            added,
        })
    }
}

impl OrderChange {
    /// Returns a change of the payments of an order, as it was read.
    pub(super) fn of_payments(
        record: &OrderRecord,
        change: PaymentChange,
        key: RequestKey,
        at: Timestamp,
        traceparent: Option<&Traceparent>,
    ) -> Self {
        Self {
            order: record.order().key(),
            customer: None,
            expected: record.order().version(),
            effect: Effect::Payment(Box::new(change)),
            key,
            at,
            traceparent: traceparent.cloned(),
        }
    }
}

/// Maximum number of attempts while others change the order. Each knows the order better.
pub(super) const MAX_ATTEMPTS: usize = 5;

/// Returns the error after [`MAX_ATTEMPTS`].
pub(super) fn contended() -> PortError {
    PortError::Unavailable { dependency: "the orders", source: "others change the order".into() }
}

/// Returns what an order is owed now.
///
/// # Errors
///
/// [`PortError::Unreadable`]: its total is no money.
pub(super) fn owed(record: &OrderRecord) -> Result<Owed, PortError> {
    record.owed(record.order().status()).ok_or_else(|| unreadable("the total of the order is no money"))
}

fn unreadable(reason: &str) -> PortError {
    PortError::Unreadable { dependency: "the orders", source: reason.into() }
}

/// Returns `true` when nobody has asked for the money of a fulfilled order. The fulfilment has written that as a task, which a
/// fact must not end.
fn must_be_captured(payments: &Payments, owed: &Owed) -> bool {
    owed.status == Status::Fulfilled && payments.can_be_captured(owed) && !payments.plan(owed).is_empty()
}

/// Returns `true` when the charge that has waited for the review is to be requested: no other payment is on its way any
/// more.
fn must_be_charged(record: &OrderRecord, payments: &Payments, owed: &Owed) -> bool {
    let payment = payments.of(owed, record.order().version().next());
    let is_set_aside = payment.is_some_and(|payment| payment.status == PaymentStatus::Authorized);
    let is_other_on_its_way = is_set_aside || payments.awaits_charge();
    record.needs_held_charge() && owed.status == Status::Created && !is_other_on_its_way
}

/// Returns `true` when the charge that an order has asked for as it was stored has failed by now, and nothing else can pay it.
fn is_declined(record: &OrderRecord, payments: &Payments, owed: &Owed) -> bool {
    let order = record.order();
    let is_of_creation = |request: &&ProviderRequest| request.id == PaymentRequestId::of_creation(order.id());
    let status = |payments: &Payments| {
        let charge = payments.requests().iter().find(is_of_creation);
        charge.map(|request| payments.status_of(request))
    };
    let payment = payments.of(owed, order.version().next());
    order.status() == Status::Created
        && status(payments) == Some(RequestStatus::Failed)
        && status(record.payments()) != Some(RequestStatus::Failed)
        && !payments.awaits_charge()
        && payment.is_none_or(|payment| payment.status == PaymentStatus::Unpaid)
}

fn answered_charges(record: &OrderRecord, added: &PaymentAdditions) -> Vec<PaymentRequestId> {
    let is_answered =
        |request: &&ProviderRequest| request.is_charge() && added.answered().any(|id| *id == request.id);
    record.payments().requests().iter().filter(is_answered).map(|request| request.id.clone()).collect()
}

/// Returns `true` when a refund brings units back into stock. Those of a cancelled order come back anyway, unless they were
/// written off.
fn restocks(record: &OrderRecord, refund: &Refund) -> bool {
    let is_released = record.order().status() == Status::Cancelled && !record.is_written_off();
    !refund.restocked.is_empty() && record.order().has_products() && !is_released
}

/// Returns the time until which an order that is not paid holds its stock, unless it stays the same: an authorization prolongs
/// it, and so does a charge until it is answered.
pub(crate) fn due_at(
    record: &OrderRecord,
    payments: &Payments,
    owed: &Owed,
    at: Timestamp,
) -> Option<Timestamp> {
    let Some(StockHold::Held { payment_due_at: Some(current) }) = record.stock() else { return None };
    let placed = record.order().payment_due_at()?;
    let charged_until = payments.awaits_charge().then(|| at.after(CHARGE_PERIOD));
    let until = payments.authorized_until(owed).max(charged_until);
    let due_at = until.map_or(placed, |until| until.max(placed));
    (owed.status == Status::Created && due_at != current).then_some(due_at)
}
