//! Properties: invariants that hold in every state, and when nothing is left to do.

use super::examples::examples;
use super::protocol::AcceptanceProtocol;
use super::state::{AcceptanceState, Document, Known, Order, Outcome, Sent};
use stateright::Property;

/// Every unit is sellable or reserved, the reserved units are those that reservations hold, and neither is below zero.
pub const UNITS_ARE_KEPT: &str = "no unit is oversold, lost, made or released twice";
/// An order that has not ended holds its unit.
pub const LIVE_HAVE_STOCK: &str = "no order is accepted without its stock";
/// Responses, outcomes of claims, and statuses are those of the document.
pub const OUTCOMES_AGREE: &str = "every outcome that is told is the document's";
/// A key has another order only if the one before was decided.
pub const ONE_ORDER_PER_KEY: &str = "equal requests make one order";
/// A processor refuses an order for want of units only if none is there and the order holds none.
pub const NEVER_REFUSED_IN_VAIN: &str = "no order is refused the units that are there";
/// While a claim is open, its message is in the queue or at a processor, unless it was lost there.
pub const MESSAGES_STAY: &str = "no crash loses the message of an open claim";
/// Sweepers send a message again at most once for each time that `resend_at` is moved.
pub const NO_BACKLOG: &str = "no message is sent again before it is due";
/// When nothing is left to do, every order that was accepted is decided.
pub const PROMISES_END: &str = "in the end every 202 is decided";
/// When nothing is left to do, the status for the buyer is the state of the document.
pub const STATUS_IS_LATEST: &str = "in the end the status is the document's";
/// When nothing is left to do, live orders hold their stock, and nobody else holds any.
pub const STOCK_IS_SETTLED: &str = "in the end no stock is held by nobody";

/// Properties that must hold in every state.
pub const ALWAYS: [&str; 10] = [
    UNITS_ARE_KEPT,
    LIVE_HAVE_STOCK,
    OUTCOMES_AGREE,
    ONE_ORDER_PER_KEY,
    NEVER_REFUSED_IN_VAIN,
    MESSAGES_STAY,
    NO_BACKLOG,
    PROMISES_END,
    STATUS_IS_LATEST,
    STOCK_IS_SETTLED,
];

type Protocol = AcceptanceProtocol;
type State = AcceptanceState;

pub(super) fn all() -> Vec<Property<Protocol>> {
    let mut all = Vec::from(invariants());
    all.extend(ends());
    all.extend(examples());
    all
}

fn invariants() -> [Property<Protocol>; 7] {
    [
        Property::always(UNITS_ARE_KEPT, |protocol: &Protocol, state: &State| {
            let held: i8 = state.orders.iter().map(held).sum();
            let is_none_negative = state.sellable >= 0 && state.reserved >= 0;
            is_none_negative && state.reserved == held && state.sellable + state.reserved == protocol.units
        }),
        Property::always(LIVE_HAVE_STOCK, |_, state: &State| {
            state.orders.iter().all(|order| !is_live(order) || held(order) == 1)
        }),
        Property::always(OUTCOMES_AGREE, |_, state: &State| {
            state.all_orders().all(|(id, order)| outcomes_agree(state, id, order))
        }),
        Property::always(ONE_ORDER_PER_KEY, |_, state: &State| {
            let undecided =
                |key| state.orders.iter().filter(move |it| it.key == key && it.document.is_none());
            let has_later = |order: &Order| {
                let same_key = state.orders.iter().rev().find(|it| it.key == order.key);
                same_key.is_some_and(|last| !std::ptr::eq(last, order))
            };
            (0..2).flat_map(undecided).all(|order| !has_later(order))
        }),
        Property::always(NEVER_REFUSED_IN_VAIN, |_, state: &State| !state.is_refused_in_vain),
        Property::always(MESSAGES_STAY, |_, state: &State| {
            state
                .all_orders()
                .all(|(id, order)| order.sent != Sent::Kept || !state.is_open(id) || state.has_message(id))
        }),
        Property::always(NO_BACKLOG, |_, state: &State| {
            state.orders.iter().all(|order| order.resent <= order.resend_at)
        }),
    ]
}

fn ends() -> [Property<Protocol>; 3] {
    [
        Property::always(PROMISES_END, |protocol: &Protocol, state: &State| {
            let is_decided = |(id, order): (u8, &Order)| order.document.is_some() && !state.is_open(id);
            state.all_orders().all(is_decided) || !protocol.is_at_rest(state)
        }),
        Property::always(STATUS_IS_LATEST, |protocol: &Protocol, state: &State| {
            let is_latest = |order: &Order| {
                let latest = order.document.map(|it| it.state);
                // The first state of a synchronous order has no event for the subscriber.
                let needs_none = !order.is_async && latest.is_none_or(|it| it.version == 1);
                order.status_item == latest || needs_none
            };
            state.orders.iter().all(is_latest) || !protocol.is_at_rest(state)
        }),
        Property::always(STOCK_IS_SETTLED, |protocol: &Protocol, state: &State| {
            let is_settled = |order: &Order| held(order) == i8::from(is_live(order));
            state.orders.iter().all(is_settled) || !protocol.is_at_rest(state)
        }),
    ]
}

/// Returns `true` when all that is told of an order agrees with its document.
fn outcomes_agree(state: &State, id: u8, order: &Order) -> bool {
    let outcome = order.document.map(|it| it.outcome);
    let told = order.told.created.then_some(Outcome::Created);
    let refused = order.told.rejected.map(Outcome::Rejected);
    let claimed = state.claim_of(id).and_then(|claim| claim.outcome);
    let are_outcomes_right = [told, refused, claimed].iter().flatten().all(|it| Some(*it) == outcome);
    are_outcomes_right && order.status_item.is_none_or(|item| is_status_right(item, order.document))
}

/// Returns `true` when the document has or had this state.
fn is_status_right(item: Known, document: Option<Document>) -> bool {
    document.is_some_and(|it| {
        let is_first = item == Document::new(it.outcome, false).state;
        item == it.state || (item.version < it.state.version && (is_first || item.version > 1))
    })
}

pub(super) fn held(order: &Order) -> i8 {
    order.reservation.map_or(0, |it| it.held)
}

pub(super) fn is_live(order: &Order) -> bool {
    order.document.is_some_and(Document::is_live)
}
