//! Properties: invariants that hold in every state, and examples that some state must show.

use super::document::{Document, Marker, Status};
use super::facts::MAX_PAYMENTS;
use super::protocol::PaymentProtocol;
use super::provider::{Outcome, Phase, Provider, Refund};
use super::state::{PaymentState, Slow, UNITS};
use stateright::Property;

/// The counters of the stock agree with the reservation, and none is below zero.
pub const UNITS_ARE_KEPT: &str = "no unit is oversold, lost or made";
/// A `PAID` order holds its unit, and a fulfilled one holds it or has sold it.
pub const PAID_HAVE_STOCK: &str = "no order is paid without its stock";
/// An order is `PAID` or fulfilled only after the provider has taken its total.
pub const PAID_IS_CAPTURED: &str = "no order is paid without its money";
/// The refunds of each payment that the provider has made are at most what it has taken.
pub const NEVER_REFUNDED_TWICE: &str = "no payment is refunded beyond what was taken";
/// The planner asks for no more of a payment than was taken: what was refused is left to people.
pub const ASKED_ONCE: &str = "no money is asked for twice without a person";
/// The planner takes nothing back from an order that waits for its money.
pub const PARTS_STAY: &str = "no part of a total goes back before the order is paid";
/// When nothing is in flight, the provider has what is owed; or the document says that people have to give back what the
/// provider has refused to.
pub const CHARGED_IS_OWED: &str = "in the end the provider has the money that is owed";
/// When nothing is in flight, what is due of each payment is at most what its planned refunds have failed to give back.
pub const LEFT_WAS_REFUSED: &str = "in the end no more of a payment is left to people than was refused";
/// When nothing is in flight, no money is set aside for a cancelled order.
pub const NOTHING_SET_ASIDE: &str = "in the end nothing is set aside for a cancelled order";
/// When nothing is in flight, a cancelled order holds no stock, a fulfilled one has sold it, and any other one holds it.
pub const STOCK_IS_SETTLED: &str = "in the end the stock is where the status says";
/// When nothing is in flight, every request has its answer.
pub const REQUESTS_ARE_ANSWERED: &str = "in the end every request has an answer";

const PAID_LATE: &str = "money comes after the cancellation, and goes back";
const PAID_TWICE: &str = "a second payment goes back, and the order is paid";
const LEFT_TO_PEOPLE: &str = "a refund is refused, and left to people";
const FAILED_AFTER_ALL: &str = "a refund fails after it was answered";
const VOIDED: &str = "the authorization of a cancelled order ends by request";
const TOO_LATE_TO_VOID: &str = "money is taken before the request to void it, and goes back";
const UNLINKED: &str = "the webhook of a refund comes before the answer to its request";
const REJECTED: &str = "a process has read a document that another one has changed";
const MISMATCH: &str = "an order has a part of its money, and is not paid";

/// Properties that must hold in every state.
pub const ALWAYS: [&str; 11] = [
    UNITS_ARE_KEPT,
    PAID_HAVE_STOCK,
    PAID_IS_CAPTURED,
    NEVER_REFUNDED_TWICE,
    ASKED_ONCE,
    PARTS_STAY,
    CHARGED_IS_OWED,
    LEFT_WAS_REFUSED,
    NOTHING_SET_ASIDE,
    STOCK_IS_SETTLED,
    REQUESTS_ARE_ANSWERED,
];

/// Examples that some state must show; otherwise the model checks nothing. Not every configuration has all.
pub const SOMETIMES: [&str; 9] = [
    PAID_LATE,
    PAID_TWICE,
    LEFT_TO_PEOPLE,
    FAILED_AFTER_ALL,
    VOIDED,
    TOO_LATE_TO_VOID,
    UNLINKED,
    REJECTED,
    MISMATCH,
];

pub(super) fn all() -> Vec<Property<PaymentProtocol>> {
    let mut properties = Vec::from(invariants());
    properties.extend(ends());
    properties.extend(examples());
    properties
}

fn invariants() -> [Property<PaymentProtocol>; 6] {
    [
        Property::always(UNITS_ARE_KEPT, |_, state: &PaymentState| {
            let PaymentState { available, reserved, committed, reservation, .. } = *state;
            let (held, sold) = reservation.map_or((0, 0), |it| (it.held, it.committed));
            available >= 0
                && (reserved, committed) == (held, sold)
                && available + reserved + committed == UNITS
        }),
        Property::always(PAID_HAVE_STOCK, |_, state: &PaymentState| match status(state) {
            Some(Status::Paid) => state.reservation.is_some_and(|it| it.held == 1),
            Some(Status::Fulfilled) => state.reservation.is_some_and(|it| it.held + it.committed == 1),
            Some(Status::Created | Status::Cancelled) | None => true,
        }),
        Property::always(PAID_IS_CAPTURED, |protocol: &PaymentProtocol, state: &PaymentState| {
            let captured: u8 = (0..MAX_PAYMENTS).map(|payment| state.provider.captured(payment)).sum();
            !matches!(status(state), Some(Status::Paid | Status::Fulfilled)) || captured >= protocol.total
        }),
        Property::always(NEVER_REFUNDED_TWICE, |_, state: &PaymentState| {
            let provider = &state.provider;
            (0..MAX_PAYMENTS).all(|id| provider.refunded(|it| it.payment == id) <= provider.captured(id))
        }),
        Property::always(ASKED_ONCE, |protocol: &PaymentProtocol, state: &PaymentState| {
            let provider = &state.provider;
            state.document.as_ref().is_none_or(|document| {
                let account = protocol.account(document, provider);
                (0..MAX_PAYMENTS).all(|payment| account.planned(payment) <= provider.captured(payment))
            })
        }),
        Property::always(PARTS_STAY, |_, state: &PaymentState| {
            status(state) != Some(Status::Created)
                || state.document.as_ref().is_none_or(|it| it.requests.iter().all(|it| !it.is_planned))
        }),
    ]
}

fn ends() -> [Property<PaymentProtocol>; 5] {
    [
        Property::always(CHARGED_IS_OWED, |protocol: &PaymentProtocol, state: &PaymentState| {
            state.document.as_ref().is_none_or(|it| is_charge_owed(*protocol, state, it))
                || !protocol.is_at_rest(state)
        }),
        Property::always(LEFT_WAS_REFUSED, |protocol: &PaymentProtocol, state: &PaymentState| {
            state.document.as_ref().is_none_or(|it| is_left_refused(*protocol, state, it))
                || !protocol.is_at_rest(state)
        }),
        Property::always(NOTHING_SET_ASIDE, |protocol: &PaymentProtocol, state: &PaymentState| {
            status(state) != Some(Status::Cancelled)
                || state.provider.payments.iter().all(|it| it.phase != Phase::Authorized)
                || !protocol.is_at_rest(state)
        }),
        Property::always(STOCK_IS_SETTLED, |protocol: &PaymentProtocol, state: &PaymentState| {
            let expected = match status(state) {
                Some(Status::Created | Status::Paid) => (UNITS - 1, 1, 0),
                Some(Status::Fulfilled) => (UNITS - 1, 0, 1),
                Some(Status::Cancelled) | None => (UNITS, 0, 0),
            };
            (state.available, state.reserved, state.committed) == expected || !protocol.is_at_rest(state)
        }),
        Property::always(REQUESTS_ARE_ANSWERED, |protocol: &PaymentProtocol, state: &PaymentState| {
            state.document.as_ref().is_none_or(|it| it.requests.iter().all(|it| it.answer.is_some()))
                || !protocol.is_at_rest(state)
        }),
    ]
}

/// Returns `true` when the provider has the money that is owed. An order that waits for its money has less than its total, and
/// nothing of it is due. A paid order owes its total, less what the shop has refunded since then, beyond the planned refunds
/// that were refused before. What was refused and not replaced shows as due.
fn is_charge_owed(protocol: PaymentProtocol, state: &PaymentState, document: &Document) -> bool {
    let kept = state.provider.kept();
    let is_due = document.marker == Marker::Due;
    let owed = owed(protocol, &state.provider, document);
    match document.status {
        Status::Created => (0..owed).contains(&kept) && !is_due,
        Status::Paid | Status::Fulfilled => {
            let (_, after) = by_shop_since_paid(&state.provider, document);
            let surplus = kept - owed;
            surplus == (refused(&state.provider, |_| true) - after).max(0) && is_due == (surplus > 0)
        }
        // What was refused is not asked for again.
        Status::Cancelled => (0..=refused(&state.provider, |_| true)).contains(&kept) && is_due == (kept > 0),
    }
}

/// Returns `true` when what is due of each payment is at most what was refused of it. What is due is taken from the last
/// payment first.
fn is_left_refused(protocol: PaymentProtocol, state: &PaymentState, document: &Document) -> bool {
    let provider = &state.provider;
    let mut due = (provider.kept() - owed(protocol, provider, document)).max(0);
    (0..MAX_PAYMENTS).rev().all(|payment| {
        let left = provider.kept_of(payment).min(due);
        due -= left;
        left <= refused(provider, |it| it.payment == payment)
    })
}

/// Returns what is owed for an order, by what the provider knows.
fn owed(protocol: PaymentProtocol, provider: &Provider, document: &Document) -> i16 {
    let total = i16::from(protocol.total);
    match document.status {
        Status::Created => total,
        Status::Paid | Status::Fulfilled => {
            let (before, after) = by_shop_since_paid(provider, document);
            total - before - (after - refused(provider, |_| true)).max(0)
        }
        Status::Cancelled => 0,
    }
}

/// Returns the money of planned refunds that the provider has refused, or that have failed after all.
fn refused(provider: &Provider, counts: impl Fn(&Refund) -> bool) -> i16 {
    let is_refused = |it: &&Refund| matches!(it.outcome, Outcome::Refused | Outcome::Reversed);
    let refused = provider.refunds.iter().filter(|it| it.is_planned && counts(it)).filter(is_refused);
    refused.map(|it| i16::from(it.amount)).sum()
}

/// Returns the money that the shop has refunded since the order was paid: before a planned refund was refused, and after.
fn by_shop_since_paid(provider: &Provider, document: &Document) -> (i16, i16) {
    let (mut before, mut after) = (0, 0);
    for refund in provider.refunds.iter().filter(|it| !it.is_planned && it.outcome == Outcome::Made) {
        let index = document.requests.iter().position(|it| it.key == refund.key);
        let is_since = |count: Option<u8>| count.map(usize::from) <= index && count.is_some();
        if is_since(document.paid_after) {
            let is_after = is_since(document.refused_after);
            *(if is_after { &mut after } else { &mut before }) += i16::from(refund.amount);
        }
    }
    (before, after)
}

fn examples() -> [Property<PaymentProtocol>; 9] {
    [
        Property::sometimes(PAID_LATE, |protocol: &PaymentProtocol, state: &PaymentState| {
            status(state) == Some(Status::Cancelled)
                && state.provider.captured(0) > 0
                && state.provider.kept() == 0
                && protocol.is_at_rest(state)
        }),
        Property::sometimes(PAID_TWICE, |protocol: &PaymentProtocol, state: &PaymentState| {
            status(state) == Some(Status::Paid)
                && (0..2).all(|payment| state.provider.captured(payment) == protocol.total)
                && state.provider.kept() == i16::from(protocol.total)
                && protocol.is_at_rest(state)
        }),
        Property::sometimes(LEFT_TO_PEOPLE, |protocol: &PaymentProtocol, state: &PaymentState| {
            is_marked(state) && protocol.is_at_rest(state)
        }),
        Property::sometimes(FAILED_AFTER_ALL, |protocol: &PaymentProtocol, state: &PaymentState| {
            state.provider.refunds.iter().any(|it| it.outcome == Outcome::Reversed)
                && protocol.is_at_rest(state)
        }),
        Property::sometimes(VOIDED, |protocol: &PaymentProtocol, state: &PaymentState| {
            state.provider.voids.contains(&Some(true)) && protocol.is_at_rest(state)
        }),
        Property::sometimes(TOO_LATE_TO_VOID, |protocol: &PaymentProtocol, state: &PaymentState| {
            state.provider.voids.contains(&Some(false))
                && state.provider.kept() == 0
                && protocol.is_at_rest(state)
        }),
        Property::sometimes(UNLINKED, |_, state: &PaymentState| {
            state.document.as_ref().is_some_and(|it| {
                let is_answered = it.requests.iter().any(|it| it.answer.is_some());
                it.facts.contain(super::facts::Fact::Refunded(0)) && !is_answered
            })
        }),
        Property::sometimes(REJECTED, |_, state: &PaymentState| state.slow == Some(Slow::Stale)),
        Property::sometimes(MISMATCH, |protocol: &PaymentProtocol, state: &PaymentState| {
            status(state) == Some(Status::Created) && state.provider.kept() > 0 && protocol.is_at_rest(state)
        }),
    ]
}

fn status(state: &PaymentState) -> Option<Status> {
    state.document.as_ref().map(|it| it.status)
}

fn is_marked(state: &PaymentState) -> bool {
    state.document.as_ref().is_some_and(|it| it.marker == Marker::Due)
}
