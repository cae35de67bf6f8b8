//! Properties: examples that some state must show.

use super::delivery::{Delivery, Group, Verdict};
use super::properties::{held, is_live};
use super::protocol::AcceptanceProtocol;
use super::state::{AcceptanceState, Order, Outcome, Reason, Sent, Status};
use stateright::Property;

const DIFFERENT_VERDICT: &str = "a second delivery has another verdict than the document";
const LATE_TAKE: &str = "a late delivery takes a unit for a rejected order, and it comes back";
const TOMBSTONE: &str = "a late delivery finds the reservation of a rejected order released";
const SWEPT: &str = "a sweeper sends a message again, and its order is decided";
const EARLY_EVENT: &str = "an event comes before the status, which the processor does not write any more";
const OUT_OF_STOCK: &str = "an order is rejected, since another one has the last unit";
const SOLD_AGAIN: &str = "the unit of a rejected order is sold";
const GROUP_DIVIDED: &str = "a group is divided, and one of its orders has the last unit";
const BOTH_ACCEPTED: &str = "two orders of a group are accepted";
const DECIDED_REPEAT: &str = "a retry without the preference gets 201 or 409 after a 202";
const SECOND_ORDER: &str = "an expired key makes a second order";

/// Examples that some state must show; otherwise the model checks nothing. Not every configuration has all.
pub const SOMETIMES: [&str; 11] = [
    DIFFERENT_VERDICT,
    LATE_TAKE,
    TOMBSTONE,
    SWEPT,
    EARLY_EVENT,
    OUT_OF_STOCK,
    SOLD_AGAIN,
    GROUP_DIVIDED,
    BOTH_ACCEPTED,
    DECIDED_REPEAT,
    SECOND_ORDER,
];

type Protocol = AcceptanceProtocol;
type State = AcceptanceState;

pub(super) fn examples() -> [Property<Protocol>; 11] {
    [
        Property::sometimes(DIFFERENT_VERDICT, |_, state: &State| {
            state.deliveries.iter().any(|it| match *it {
                Delivery::Insert(id, Verdict(verdict)) => {
                    let own = verdict.map_or(Outcome::Created, Outcome::Rejected);
                    state.order(id).document.is_some_and(|it| it.outcome != own)
                }
                _ => false,
            })
        }),
        Property::sometimes(LATE_TAKE, |_, state: &State| {
            state.orders.iter().any(|order| {
                let is_out = rejected(order).is_some_and(|reason| reason != Reason::Fraud);
                is_out && held(order) == 1
            })
        }),
        Property::sometimes(TOMBSTONE, |_, state: &State| {
            state.deliveries.iter().any(|it| match *it {
                Delivery::Take(group) => group.ids().any(|id| {
                    let order = state.order(id);
                    let is_released = order.reservation.is_some_and(|it| it.is_released);
                    is_released && rejected(order) == Some(Reason::PriceChanged)
                }),
                _ => false,
            })
        }),
        Property::sometimes(SWEPT, |_, state: &State| {
            state.orders.iter().any(|it| it.sent != Sent::Kept && it.resent > 0 && it.document.is_some())
        }),
        Property::sometimes(EARLY_EVENT, |_, state: &State| {
            state.deliveries.iter().any(|it| match *it {
                Delivery::WriteStatus(id, progress) => {
                    let told = state.order(id).status_item;
                    told.is_some_and(|told| told.version > progress.state.version)
                }
                _ => false,
            })
        }),
        Property::sometimes(OUT_OF_STOCK, |_, state: &State| {
            let is_out = |order: &Order| rejected(order) == Some(Reason::OutOfStock);
            state.orders.iter().any(is_out) && state.orders.iter().any(is_live)
        }),
        Property::sometimes(SOLD_AGAIN, |protocol: &Protocol, state: &State| {
            let is_fraud = |order: &Order| rejected(order) == Some(Reason::Fraud);
            protocol.units == 1 && state.orders.iter().any(is_fraud) && state.orders.iter().any(is_live)
        }),
        Property::sometimes(GROUP_DIVIDED, |_, state: &State| {
            let [one, other] = [0, 1].map(|id| Delivery::Take(Group::of([id])));
            state.deliveries.contains(&one) && state.deliveries.contains(&other) && state.sellable == 1
        }),
        Property::sometimes(BOTH_ACCEPTED, |_, state: &State| {
            state.orders.iter().filter(|order| order.is_async && is_live(order)).count() == 2
        }),
        Property::sometimes(DECIDED_REPEAT, |_, state: &State| {
            state.orders.iter().any(|it| it.told.accepted && (it.told.created || it.told.rejected.is_some()))
        }),
        Property::sometimes(
            SECOND_ORDER,
            |_, state: &State| matches!(&state.orders[..], [one, other] if one.key == other.key),
        ),
    ]
}

fn rejected(order: &Order) -> Option<Reason> {
    match order.document?.state.status {
        Status::Rejected(reason) => Some(reason),
        Status::Created | Status::Paid | Status::Cancelled => None,
    }
}
