//! Properties: invariants that hold in every state, and examples that some state must show.

use crate::order::{Order, Publisher, Version};
use crate::process::{Client, Leased, Origin, Phase};
use crate::protocol::Protocol;
use crate::state::State;
use stateright::Property;

/// At most one order is stored per key, fingerprint and epoch.
pub const ONE_ORDER: &str = "equal requests make one order";
/// Each written event is in the outbox, on the bus or a dead letter.
pub const NO_LOST_EVENT: &str = "no committed event is lost";
/// The order of each response is stored.
pub const RESPONSES_ARE_STORED: &str = "the order of a response is stored";
/// Each response has an order of the request's own key and fingerprint.
pub const RESPONSES_MATCH_REQUESTS: &str = "a response matches its request";
/// Equal requests get the same order, as long as the key's claim is valid.
pub const RESPONSES_AGREE: &str = "equal requests get equal responses";
/// The second event of an order is first published after the first one, unless the first one was a
/// dead letter.
pub const VERSION_ORDER: &str = "events of an order are published in version order";
/// When no action is possible, every client is done. Each written event was published or is a dead letter,
/// and has left the outbox.
pub const ALL_DELIVERED: &str = "in the end every event is published or a dead letter";

/// A client gets the order of an earlier request.
pub const REPLAY: &str = "a replay happens";
/// The key of a client was used for another request.
pub const KEY_REUSED: &str = "the reuse of a key is refused";
/// The first event of an order is published although every client of its key crashed.
pub const RELAYED: &str = "a relay publishes the event of a crashed client";
/// An event that was not published before a redrive requeued it is published after it.
pub const REDRIVEN: &str = "a dead letter is redriven and published";
/// The second event of an order is published.
pub const CHANGED: &str = "a change is published";
/// A relay has published the event of one order, and not yet that of another.
pub const SIDE_BY_SIDE: &str = "a relay works on two orders at a time";
/// Two equal requests make two orders, since the first claim has expired.
pub const SECOND_ORDER: &str = "an expired key makes a second order";

/// Properties that must hold in every state.
pub const ALWAYS: [&str; 7] = [
    ONE_ORDER,
    NO_LOST_EVENT,
    RESPONSES_ARE_STORED,
    RESPONSES_MATCH_REQUESTS,
    RESPONSES_AGREE,
    VERSION_ORDER,
    ALL_DELIVERED,
];

/// Examples that some state must show; otherwise the model checks nothing.
pub const SOMETIMES: [&str; 7] = [REPLAY, KEY_REUSED, RELAYED, REDRIVEN, CHANGED, SIDE_BY_SIDE, SECOND_ORDER];

pub(crate) fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(ONE_ORDER, one_order),
        Property::always(NO_LOST_EVENT, no_lost_event),
        Property::always(RESPONSES_ARE_STORED, responses_are_stored),
        Property::always(RESPONSES_MATCH_REQUESTS, responses_match_requests),
        Property::always(RESPONSES_AGREE, responses_agree),
        Property::always(VERSION_ORDER, version_order),
        Property::always(ALL_DELIVERED, |protocol, state| {
            is_all_delivered(state) || !protocol.is_at_rest(state)
        }),
        Property::sometimes(REPLAY, |_, state| {
            has_ended(state, |phase| matches!(phase, Phase::Done { origin: Origin::Replayed, .. }))
        }),
        Property::sometimes(KEY_REUSED, |_, state| has_ended(state, |phase| phase == Phase::Refused)),
        Property::sometimes(RELAYED, relayed),
        Property::sometimes(REDRIVEN, redriven),
        Property::sometimes(CHANGED, changed),
        Property::sometimes(SIDE_BY_SIDE, side_by_side),
        Property::sometimes(SECOND_ORDER, second_order),
    ]
}

fn one_order(_: &Protocol, state: &State) -> bool {
    !any_pair(stored(state), |a, b| a.request == b.request && a.made_in == b.made_in)
}

fn no_lost_event(_: &Protocol, state: &State) -> bool {
    stored(state).all(|order| order.written().all(|event| event.is_pending || event.is_delivered()))
}

fn responses_are_stored(_: &Protocol, state: &State) -> bool {
    responses(state).all(|(_, order)| order.is_stored)
}

fn responses_match_requests(_: &Protocol, state: &State) -> bool {
    responses(state).all(|(client, order)| order.request == client.request)
}

fn responses_agree(_: &Protocol, state: &State) -> bool {
    !any_pair(responses(state), |(a, order_a), (b, order_b)| {
        a.request == b.request && order_a.made_in == order_b.made_in && a.response() != b.response()
    })
}

fn version_order(_: &Protocol, state: &State) -> bool {
    stored(state).all(|order| {
        let first = order.event(Version::Created);
        // A requeued event was a dead letter before.
        order.event(Version::Changed).published.is_none() || first.is_delivered() || first.is_requeued
    })
}

fn relayed(_: &Protocol, state: &State) -> bool {
    is_all_delivered(state)
        && state.orders().any(|(id, order)| {
            let mut clients = state.clients.iter().filter(|client| client.request.key == id.key);
            order.event(Version::Created).published == Some(Publisher::Relay)
                && clients.all(|client| client.phase == Phase::Gone)
        })
}

fn redriven(_: &Protocol, state: &State) -> bool {
    let after_redrive = Some(Publisher::RelayAfterRedrive);
    is_all_delivered(state)
        && stored(state)
            .flat_map(Order::written)
            .any(|event| event.published == after_redrive && event.dead_letters == 0)
}

fn changed(_: &Protocol, state: &State) -> bool {
    is_all_delivered(state) && stored(state).any(|order| order.event(Version::Changed).published.is_some())
}

fn side_by_side(_: &Protocol, state: &State) -> bool {
    state.relays.iter().any(|relay| {
        let is_published =
            |leased: Leased| state.order(leased.order).event(leased.version).published.is_some();
        relay.leased().any(is_published) && !relay.leased().all(is_published)
    })
}

fn second_order(_: &Protocol, state: &State) -> bool {
    is_all_delivered(state)
        && any_pair(stored(state), |a, b| a.request == b.request && a.made_in != b.made_in)
}

fn stored(state: &State) -> impl Iterator<Item = &Order> + Clone {
    state.keys.iter().flat_map(|key| &key.orders).filter(|order| order.is_stored)
}

fn responses(state: &State) -> impl Iterator<Item = (&Client, &Order)> + Clone {
    state.clients.iter().filter_map(|client| client.response().map(|id| (client, state.order(id))))
}

/// Returns `true` when every client is done, and every event was moved from the outbox to the bus or the
/// dead-letter queue.
fn is_all_delivered(state: &State) -> bool {
    state.clients.iter().all(|client| client.is_done())
        && stored(state).flat_map(Order::written).all(|event| !event.is_pending && event.is_delivered())
}

/// Returns `true` when every event is delivered, and a client ended in a matching phase.
fn has_ended(state: &State, matches: impl Fn(Phase) -> bool) -> bool {
    is_all_delivered(state) && state.clients.iter().any(|client| matches(client.phase))
}

/// Returns `true` when any two of the items match.
fn any_pair<T: Copy>(items: impl Iterator<Item = T> + Clone, matches: impl Fn(T, T) -> bool) -> bool {
    let mut rest = items;
    while let Some(one) = rest.next() {
        if rest.clone().any(|other| matches(one, other)) {
            return true;
        }
    }
    false
}
