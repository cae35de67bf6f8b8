//! Stored orders: latest version, history, and outbox.

use crate::use_cases::due_at;
use crate::{
    CancelReason, ChargeTerms, Event, EventKind, Hold, Order, OrderNumber, Owed, Payment, PaymentAdditions,
    PaymentFact, PaymentRequestId, Payments, RejectReason, RequestKey, Status, StockHold, StoredHold,
};
use kernel::{Money, Timestamp, Traceparent, Version};
use std::time::Duration;

/// Step in the history of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Kind of the step.
    pub kind: StepKind,
    /// Version after the step.
    pub version: Version,
    /// Status after the step.
    pub status: Status,
    /// Time of the step.
    pub at: Timestamp,
    /// Key of the request that caused the step; `None` for the creation, whose key is a claim.
    pub key: Option<RequestKey>,
    /// Reason for a cancellation; `None` for one that a client has requested.
    pub reason: Option<CancelReason>,
    /// Reason for a rejection; `None` for any other step.
    pub reject_reason: Option<RejectReason>,
    /// `true` for a cancellation whose units don't come back into stock.
    pub is_written_off: bool,
}

impl Transition {
    /// Creates a step that no request has caused, without a reason.
    pub(crate) fn new(kind: StepKind, version: Version, status: Status, at: Timestamp) -> Self {
        Self {
            kind,
            version,
            status,
            at,
            key: None,
            reason: None,
            reject_reason: None,
            is_written_off: false,
        }
    }
}

/// Kind of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Creation, or change of the status by an allowed transition.
    Status,
    /// Correction of personal data or references. The values are not part of the history.
    Correction {
        /// Names of the corrected members. A later release can correct others.
        changed: Vec<String>,
        /// Fingerprint of the correction.
        fingerprint: String,
    },
    /// Fact about the payment, which can change the status.
    Payment,
    /// Approval of an order that was on hold.
    Approval,
    /// Step that only a later release knows.
    Unknown,
}

/// Event in an outbox: written with its state change, not yet acknowledged after publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingEvent {
    /// Version that the event announces.
    pub version: Version,
    /// Trace context of the request that caused it.
    pub traceparent: Option<Traceparent>,
}

/// Stored form of an order: latest version, history, outbox, payments, hold, and the stock that is not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRecord {
    order: Order,
    history: Vec<Transition>,
    outbox: Outbox,
    stock: Option<StockHold>,
    hold: Option<StoredHold>,
    /// In a box: most orders have none.
    held_charge: Option<Box<ChargeTerms>>,
    payments: Payments,
    is_restock_due: bool,
}

/// Outbox of an order: events that wait for publication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// Events in version order.
    pub events: Vec<PendingEvent>,
    /// Number of times that the bus has rejected the first event.
    pub rejections: u32,
    /// End of the relay's lease.
    pub leased_until: Option<Timestamp>,
}

/// Error for a history that doesn't lead to the order, or an outbox with unknown versions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored history of the order is inconsistent: {reason}")]
pub struct InvalidRecord {
    reason: &'static str,
}

/// Name of the member of an order with its payment.
const PAYMENT: &str = "payment";
/// Name of the member of an order with its hold.
const HOLD: &str = "hold";

impl OrderRecord {
    /// Time after which the relay publishes an event. Until then the function that wrote the event
    /// publishes it.
    pub const RELAY_GRACE: Duration = Duration::from_secs(10);
    /// Time after the creation from which storing an order counts as an update.
    pub const STORED_LATE: Duration = Duration::from_secs(10);
    /// Maximum number of steps in a history to which a correction is added. Changes of the status have no limit of their
    /// own: the state machine ends. A document can't grow without bound.
    pub const MAX_STEPS: usize = 100;

    /// Creates the record of a new order, with an event for the creation. An order with products of the catalog that costs
    /// nothing is paid at once.
    #[must_use]
    pub fn created(order: Order, traceparent: Option<Traceparent>) -> Self {
        let total = Money::of_amount(order.total(), order.currency());
        let free = total.filter(|total| total.minor_units() == 0 && order.has_products());
        let record = Self::unpaid(order, traceparent);
        match free {
            Some(total) => record.paid_by(PaymentFact::free(total)),
            None => record,
        }
    }

    fn unpaid(order: Order, traceparent: Option<Traceparent>) -> Self {
        let creation = Transition {
            reject_reason: order.reject_reason(),
            ..Transition::new(StepKind::Status, order.version(), order.status(), order.created_at())
        };
        let event = PendingEvent { version: order.version(), traceparent };
        let outbox = Outbox { events: vec![event], ..Outbox::default() };
        let stock = order.has_products().then(|| StockHold::Held { payment_due_at: order.payment_due_at() });
        Self { stock, ..Self::new(order, vec![creation], outbox) }
    }

    /// Creates a record without stock, hold and payments.
    fn new(order: Order, history: Vec<Transition>, outbox: Outbox) -> Self {
        Self {
            order,
            history,
            outbox,
            stock: None,
            hold: None,
            held_charge: None,
            payments: Payments::default(),
            is_restock_due: false,
        }
    }

    /// Returns the record of a new order that a fact pays.
    fn paid_by(mut self, fact: PaymentFact) -> Self {
        let (version, at, status) = (self.order.version().next(), self.order.created_at(), Status::Paid);
        self.history.push(Transition::new(StepKind::Payment, version, status, at));
        let traceparent = self.outbox.events.first().and_then(|event| event.traceparent.clone());
        self.outbox.events.push(PendingEvent { version, traceparent });
        self.order = self.order.at(version, status, at);
        self.stock = self.stock.map(|hold| hold.after(status));
        let added = PaymentAdditions { facts: vec![fact], ..PaymentAdditions::default() };
        let payments = self.payments.with(&added, version, at);
        self.with_payments(payments)
    }

    /// Returns the record of an order that was accepted for processing, and is rejected now. `may_hold_stock` makes the settlement
    /// give back what may have been taken for it, and keeps anything from being taken later.
    #[must_use]
    pub fn refused(
        order: Order,
        reason: RejectReason,
        may_hold_stock: bool,
        traceparent: Option<Traceparent>,
    ) -> Self {
        let record = Self::unpaid(order.without_external_id().rejected(reason), traceparent);
        Self { stock: may_hold_stock.then_some(StockHold::Ended), ..record }
    }

    /// Returns the record of a new order whose external id another order has: without it, and cancelled at once. The order
    /// has stock, which only an order that is stored can give back.
    #[must_use]
    pub fn rejected(self) -> Self {
        let Self { order, mut history, mut outbox, payments, hold, .. } = self;
        let (version, at) = (order.version().next(), order.updated_at());
        let traceparent = outbox.events.first().and_then(|event| event.traceparent.clone());
        let reason = Some(CancelReason::Rejected);
        let status = Status::Cancelled;
        history.push(Transition { reason, ..Transition::new(StepKind::Status, version, status, at) });
        outbox.events.push(PendingEvent { version, traceparent });
        let order = order.without_external_id().at(version, status, at).with_cancel_reason(reason);
        let record = Self { stock: Some(StockHold::Ended), ..Self::new(order, history, outbox) };
        record.with_payments(payments).with_stored_hold(hold)
    }

    /// Returns the record of a new order that a provider is asked to take the money of.
    #[must_use]
    pub fn with_charge(self, terms: &ChargeTerms, at: Timestamp) -> Self {
        let order = self.order.clone();
        let money = Money::of_amount(order.total(), order.currency()).filter(|money| money.minor_units() > 0);
        let Some(money) = money else { return self };
        let request = terms.request(PaymentRequestId::of_creation(order.id()), money, order.version(), at);
        let added = PaymentAdditions { requests: vec![request], ..PaymentAdditions::default() };
        let payments = self.payments.with(&added, order.version(), at);
        let record = self.with_payments(payments);
        // The order must not end while the provider is asked.
        let prolonged =
            record.owed(Status::Created).and_then(|owed| due_at(&record, record.payments(), &owed, at));
        match prolonged {
            Some(due_at) => record.with_stock(Some(StockHold::Held { payment_due_at: Some(due_at) })),
            None => record,
        }
    }

    /// Returns the record of a new order with this number instead of its own.
    #[must_use]
    pub fn with_number(self, number: Option<OrderNumber>) -> Self {
        Self { order: self.order.with_number(number), ..self }
    }

    /// Returns the record of a new order that a request stores which arrived at this time. An order that a retry stores
    /// much later than its creation counts as updated by the retry, so that no listing by time of update misses it.
    #[must_use]
    pub fn stored_at(self, at: Timestamp) -> Self {
        if at <= self.order.created_at().after(Self::STORED_LATE) {
            return self;
        }
        Self { order: self.order.at(self.order.version(), self.order.status(), at), ..self }
    }

    /// Restores a record from stored parts.
    ///
    /// # Errors
    ///
    /// [`InvalidRecord`] unless the history leads from version 1 to the order, and the outbox has only versions of the
    /// history. Changes between statuses of this release must be allowed; other steps may do anything.
    pub fn restore(
        order: Order,
        history: Vec<Transition>,
        mut outbox: Outbox,
    ) -> Result<Self, InvalidRecord> {
        let invalid = |reason| Err(InvalidRecord { reason });
        let Some((first, last)) = history.first().zip(history.last()) else {
            return invalid("no steps");
        };
        if first.version != Version::FIRST || (!first.status.is_first() && first.status.is_known()) {
            return invalid("the first step is not the creation");
        }
        let is_allowed = |from: Status, step: &Transition| {
            step.kind != StepKind::Status
                || !(from.is_known() && step.status.is_known())
                || from.can_become(step.status)
        };
        let follows = |pair: &[Transition]| {
            pair[1].version == pair[0].version.next() && is_allowed(pair[0].status, &pair[1])
        };
        if !history.windows(2).all(follows) {
            return invalid("a step is missing or not allowed");
        }
        if last.version != order.version() || last.status != order.status() {
            return invalid("the last step is not the current version and status");
        }
        if outbox.events.iter().any(|event| event.version > order.version()) {
            return invalid("an event announces an unknown version");
        }
        // A requeued event is stored behind later ones.
        outbox.events.sort_by_key(|event| event.version);
        let is_cancelled = order.status() == Status::Cancelled;
        // Facts about the payment can follow the cancellation.
        let cancellation = history.iter().find(|step| step.status == Status::Cancelled);
        let reason = cancellation.and_then(|step| step.reason);
        // An order without products tells no reason that a client has given.
        let reason = reason.or_else(|| order.has_products().then_some(CancelReason::Requested));
        let order = if is_cancelled { order.with_cancel_reason(reason) } else { order };
        let reject_reason = first.reject_reason.filter(|_| order.status() == Status::Rejected);
        let order = order.with_reject_reason(reject_reason);
        Ok(Self::new(order, history, outbox))
    }

    /// Returns the record with these payments instead of its own.
    #[must_use]
    pub fn with_payments(self, payments: Payments) -> Self {
        let record = Self { payments, ..self };
        let payment = record.payment_at(record.order.version(), record.order.status());
        Self { order: record.order.clone().with_payment(payment), ..record }
    }

    /// Returns the payments.
    #[must_use]
    pub fn payments(&self) -> &Payments {
        &self.payments
    }

    /// Returns what the order is owed with another status; `None` for a total that is no money.
    #[must_use]
    pub fn owed(&self, status: Status) -> Option<Owed> {
        self.owed_at(self.order.version(), status)
    }

    fn owed_at(&self, version: Version, status: Status) -> Option<Owed> {
        let is_paid = |step: &&Transition| step.version <= version && step.status == Status::Paid;
        let is_by_hand = |step: &&Transition| is_paid(step) && step.kind == StepKind::Status;
        Some(Owed {
            total: Money::of_amount(self.order.total(), self.order.currency())?,
            status,
            paid_by_hand_at: self.history.iter().find(is_by_hand).map(|step| step.version),
            paid_at: self.history.iter().find(is_paid).map(|step| step.version),
        })
    }

    fn payment_at(&self, version: Version, status: Status) -> Option<Payment> {
        // Most orders have no facts.
        let is_empty = self.payments.facts().is_empty();
        if is_empty { None } else { self.payments.of(&self.owed_at(version, status)?, version) }
    }

    /// Returns the record with units of refunds that have to come back into stock, or without.
    #[must_use]
    pub fn with_restock_due(self, is_restock_due: bool) -> Self {
        Self { is_restock_due, ..self }
    }

    /// Returns `true` when units of refunds have to come back into stock.
    #[must_use]
    pub fn is_restock_due(&self) -> bool {
        self.is_restock_due
    }

    /// Returns the record with this stock instead of its own.
    #[must_use]
    pub fn with_stock(self, stock: Option<StockHold>) -> Self {
        Self { stock, ..self }
    }

    /// Returns the stock that is not settled; `None` for an order without any.
    #[must_use]
    pub fn stock(&self) -> Option<StockHold> {
        self.stock
    }

    /// Returns the record of a new order, on hold until somebody has reviewed it.
    #[must_use]
    pub fn with_hold(self, hold: Hold) -> Self {
        self.with_stored_hold(Some(StoredHold::Active(hold)))
    }

    /// Returns the record with this hold instead of its own. An order that has ended is on hold no more.
    #[must_use]
    pub fn with_stored_hold(self, hold: Option<StoredHold>) -> Self {
        let has_ended = self.order.status().is_final();
        let hold = hold.map(|it| if has_ended { StoredHold::Over(it.hold()) } else { it });
        let order = self.order.with_hold(hold.and_then(StoredHold::active));
        Self { order, hold, ..self }
    }

    /// Returns the hold, also one that is over; `None` for an order that never was on hold.
    #[must_use]
    pub fn hold(&self) -> Option<StoredHold> {
        self.hold
    }

    /// Returns the record with a charge that waits for the review instead of its own.
    #[must_use]
    pub fn with_held_charge(self, held_charge: Option<ChargeTerms>) -> Self {
        Self { held_charge: held_charge.map(Box::new), ..self }
    }

    /// Returns the charge that the order has asked for as it was stored, and that waits for the review; `None` once it is
    /// requested, and for an order that is paid or has ended.
    #[must_use]
    pub fn held_charge(&self) -> Option<&ChargeTerms> {
        self.held_charge.as_deref()
    }

    /// Returns `true` when nothing but another payment keeps the charge from being requested: the order is on hold no more.
    #[must_use]
    pub fn needs_held_charge(&self) -> bool {
        let is_open = self.order.status() == Status::Created && self.order.hold().is_none();
        self.held_charge.is_some() && is_open
    }

    /// Returns the hold at a version: it lasts until the approval, or until the order has ended.
    fn hold_at(&self, version: Version) -> Option<Hold> {
        let ends = |step: &&Transition| step.kind == StepKind::Approval || step.status.is_final();
        match self.hold? {
            StoredHold::Active(hold) => Some(hold),
            StoredHold::Over(hold) => {
                let end = self.history.iter().find(ends).map(|step| step.version);
                Some(hold).filter(|_| end.is_some_and(|end| version < end))
            }
        }
    }

    /// Returns `true` when the order was cancelled because it could not be accepted.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.history.iter().any(|step| step.reason == Some(CancelReason::Rejected))
    }

    /// Returns `true` when the order was cancelled, and its units don't come back into stock.
    #[must_use]
    pub fn is_written_off(&self) -> bool {
        self.history.iter().any(|step| step.is_written_off)
    }

    /// Returns the order at its latest version.
    #[must_use]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// Returns the steps from the first version on; never empty.
    #[must_use]
    pub fn history(&self) -> &[Transition] {
        &self.history
    }

    /// Returns the outbox.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Returns the status before the latest change; `None` for an order that was never changed.
    #[must_use]
    pub fn previous_status(&self) -> Option<Status> {
        self.history.iter().rev().nth(1).map(|transition| transition.status)
    }

    /// Returns the order as it was right after its creation.
    #[must_use]
    pub fn as_created(&self) -> Order {
        self.as_of(&self.history[0])
    }

    /// Returns the order as it was right after `transition`.
    #[must_use]
    pub fn as_of(&self, transition: &Transition) -> Order {
        let payment = self.payment_at(transition.version, transition.status);
        let order = self.order.at(transition.version, transition.status, transition.at).with_payment(payment);
        order.with_hold(self.hold_at(transition.version))
    }

    /// Returns the events of the outbox in version order.
    pub fn pending_events(&self) -> impl Iterator<Item = Event> {
        self.outbox.events.iter().filter_map(|pending| self.event(pending))
    }

    fn event(&self, pending: &PendingEvent) -> Option<Event> {
        let index = self.history.iter().position(|t| t.version == pending.version)?;
        let kind = match index.checked_sub(1) {
            None if self.history[index].status == Status::Rejected => EventKind::OrderRejected,
            None => EventKind::OrderCreated,
            Some(previous) => {
                let (before, step) = (&self.history[previous], &self.history[index]);
                let changed = match &step.kind {
                    StepKind::Correction { changed, .. } => changed.clone(),
                    // The event of a new status has no names of other members.
                    StepKind::Payment if step.status == before.status => vec![PAYMENT.to_owned()],
                    StepKind::Approval => vec![HOLD.to_owned()],
                    StepKind::Payment | StepKind::Status | StepKind::Unknown => Vec::new(),
                };
                EventKind::OrderUpdated { previous_status: before.status, changed }
            }
        };
        Some(Event {
            kind,
            order: self.as_of(&self.history[index]),
            traceparent: pending.traceparent.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LineItem, NewOrder, OrderId, Quantity};
    use kernel::Tenant;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis).expect("a time")
    }

    fn order() -> Order {
        let item = LineItem {
            sku: "A1".parse().expect("a sku"),
            quantity: Quantity::try_from(2).expect("a quantity"),
            price: "9.99".parse().expect("a price"),
            product: None,
        };
        let customer = "c-1".parse().expect("a customer");
        let request = NewOrder::new(customer, "USD".parse().expect("a currency"), vec![item]);
        Order::place(request.expect("a request"), Tenant::default(), OrderId::v7(at(1), [7; 10]), at(1))
    }

    fn step(version: u64, status: Status, millis: i64) -> Transition {
        let version = Version::try_from(version).expect("a version");
        Transition::new(StepKind::Status, version, status, at(millis))
    }

    fn outbox(versions: &[u64]) -> Outbox {
        let pending = |version: &u64| PendingEvent {
            version: Version::try_from(*version).expect("a version"),
            traceparent: None,
        };
        Outbox { events: versions.iter().map(pending).collect(), ..Outbox::default() }
    }

    #[test]
    fn events_show_the_order_as_of_their_version() {
        let history =
            vec![step(1, Status::Created, 1), step(2, Status::Paid, 5), step(3, Status::Cancelled, 9)];
        let latest = order().at(history[2].version, Status::Cancelled, at(9));
        let record = OrderRecord::restore(latest, history, outbox(&[3, 1, 2]));
        let events: Vec<_> = record
            .expect("a record")
            .pending_events()
            .map(|e| (e.kind.clone(), e.order.version().get(), e.order.status(), e.time().unix_millis()))
            .collect();
        let updated = |previous_status| EventKind::OrderUpdated { previous_status, changed: vec![] };
        assert_eq!(
            events,
            [
                (EventKind::OrderCreated, 1, Status::Created, 1),
                (updated(Status::Created), 2, Status::Paid, 5),
                (updated(Status::Paid), 3, Status::Cancelled, 9),
            ]
        );
    }

    #[test]
    fn a_refused_order_begins_and_ends_as_rejected() {
        let record = OrderRecord::refused(order(), RejectReason::OutOfStock, true, None);
        let order = record.order();
        assert_eq!((order.status(), order.version()), (Status::Rejected, Version::FIRST));
        assert_eq!(order.reject_reason(), Some(RejectReason::OutOfStock));
        assert_eq!(record.stock(), Some(StockHold::Ended), "an earlier attempt may have taken stock");
        let events: Vec<_> = record.pending_events().map(|event| (event.kind, event.order)).collect();
        assert_eq!(events, [(EventKind::OrderRejected, order.clone())]);
        let restored =
            OrderRecord::restore(order.clone(), record.history().to_vec(), record.outbox().clone());
        assert_eq!(restored.map(|restored| restored.with_stock(record.stock())), Ok(record.clone()));
        assert_eq!(OrderRecord::refused(self::order(), RejectReason::Fraud, false, None).stock(), None);
    }

    #[test]
    fn an_inconsistent_history_is_not_restored() {
        let created = step(1, Status::Created, 1);
        let version = |version| Version::try_from(version).expect("a version");
        for (number, status, history, reason) in [
            (1, Status::Created, vec![], "no steps"),
            (1, Status::Paid, vec![step(1, Status::Paid, 1)], "the first step is not the creation"),
            (2, Status::Created, vec![step(2, Status::Created, 5)], "the first step is not the creation"),
            (
                3,
                Status::Paid,
                vec![created.clone(), step(3, Status::Paid, 5)],
                "a step is missing or not allowed",
            ),
            (
                2,
                Status::Fulfilled,
                vec![created.clone(), step(2, Status::Fulfilled, 5)],
                "a step is missing or not allowed",
            ),
            (
                2,
                Status::Created,
                vec![created.clone()],
                "the last step is not the current version and status",
            ),
            (1, Status::Paid, vec![created.clone()], "the last step is not the current version and status"),
        ] {
            let order = order().at(version(number), status, at(5));
            let broken = OrderRecord::restore(order, history, Outbox::default());
            assert_eq!(broken, Err(InvalidRecord { reason }));
        }
        let reason = "an event announces an unknown version";
        let broken = OrderRecord::restore(order(), vec![created], outbox(&[2]));
        assert_eq!(broken, Err(InvalidRecord { reason }));
    }

    #[test]
    fn steps_and_statuses_of_a_later_release_are_carried_through() {
        let on_hold = Status::restore("ON_HOLD").expect("a status");
        let unknown = |version, status| Transition { kind: StepKind::Unknown, ..step(version, status, 5) };
        let corrected =
            vec![step(1, Status::Created, 1), unknown(2, Status::Created), unknown(3, Status::Paid)];
        let held = vec![step(1, on_hold, 1), step(2, Status::Paid, 5), step(3, on_hold, 5)];
        for (history, statuses) in [
            (corrected, [Status::Created, Status::Created, Status::Paid]),
            (held, [on_hold, Status::Paid, on_hold]),
        ] {
            let latest = order().at(history[2].version, statuses[2], at(5));
            let record = OrderRecord::restore(latest, history, outbox(&[1, 2, 3])).expect("a record");
            let events: Vec<_> = record.pending_events().map(|event| event.order.status()).collect();
            assert_eq!((record.order().status(), events), (statuses[2], statuses.to_vec()));
        }
    }

    #[test]
    fn the_previous_status_is_the_one_before_the_latest_change() {
        assert_eq!(OrderRecord::created(order(), None).previous_status(), None);
        let history =
            vec![step(1, Status::Created, 1), step(2, Status::Paid, 5), step(3, Status::Cancelled, 9)];
        let latest = order().at(history[2].version, Status::Cancelled, at(9));
        let record = OrderRecord::restore(latest, history, Outbox::default()).expect("a record");
        assert_eq!(record.previous_status(), Some(Status::Paid));
    }
}
