//! What always holds, and what happens at times.

use crate::caller::{Caller, Origin, Phase};
use crate::protocol::Protocol;
use crate::state::{Order, Publisher, State};
use stateright::Property;

/// At most one order is stored per key, fingerprint and epoch.
pub const ONE_ORDER: &str = "equal requests make one order";
/// Each stored order's event is in the outbox, on the bus or a dead letter.
pub const NEVER_NOWHERE: &str = "no committed event is nowhere";
/// Each answered request has its order stored.
pub const ANSWERS_ARE_STORED: &str = "what was answered is stored";
/// Each answer is about an order of the request's own key and fingerprint.
pub const ANSWERS_FIT: &str = "an answer is for its own request";
/// Equal requests get the same order, as long as the key's claim holds.
pub const ANSWERS_AGREE: &str = "equal requests get equal answers";
/// When nothing can happen any more, everybody is done, and each stored order's event was published
/// or is a dead letter and no longer in the outbox.
pub const ALL_ARRIVES: &str = "in the end every event is published or a dead letter";

/// A caller was answered with the order of an earlier request.
pub const REPLAY: &str = "a replay happens";
/// A caller's key was taken by another request.
pub const REFUSAL: &str = "the reuse of a key is refused";
/// The event of an order whose callers all crashed is published nonetheless.
pub const RELAYED: &str = "a relay publishes what a crashed caller left";
/// An event that was never published before a redrive put it back was published after it.
pub const REDRIVEN: &str = "a dead letter is redriven and published";
/// Two equal requests have made two orders, since the first claim had ended.
pub const SECOND_ORDER: &str = "an expired key makes a second order";

/// The properties that must hold in every state.
pub const ALWAYS: [&str; 6] =
    [ONE_ORDER, NEVER_NOWHERE, ANSWERS_ARE_STORED, ANSWERS_FIT, ANSWERS_AGREE, ALL_ARRIVES];

/// The things that must happen in some state, or the model is about nothing.
pub const SOMETIMES: [&str; 5] = [REPLAY, REFUSAL, RELAYED, REDRIVEN, SECOND_ORDER];

pub(crate) fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(ONE_ORDER, one_order),
        Property::always(NEVER_NOWHERE, never_nowhere),
        Property::always(ANSWERS_ARE_STORED, answers_are_stored),
        Property::always(ANSWERS_FIT, answers_fit),
        Property::always(ANSWERS_AGREE, answers_agree),
        Property::always(ALL_ARRIVES, |protocol, state| all_arrived(state) || !protocol.is_at_rest(state)),
        Property::sometimes(REPLAY, |_, state| {
            ended(state, |phase| matches!(phase, Phase::Answered { origin: Origin::Replayed, .. }))
        }),
        Property::sometimes(REFUSAL, |_, state| ended(state, |phase| phase == Phase::Refused)),
        Property::sometimes(RELAYED, relayed),
        Property::sometimes(REDRIVEN, redriven),
        Property::sometimes(SECOND_ORDER, second_order),
    ]
}

fn one_order(_: &Protocol, state: &State) -> bool {
    !any_two(stored(state), |a, b| a.request == b.request && a.made_in == b.made_in)
}

fn never_nowhere(_: &Protocol, state: &State) -> bool {
    stored(state).all(|order| order.waiting || order.published.is_some() || order.letters > 0)
}

fn answers_are_stored(_: &Protocol, state: &State) -> bool {
    answers(state).all(|(_, order)| order.stored)
}

fn answers_fit(_: &Protocol, state: &State) -> bool {
    answers(state).all(|(caller, order)| order.request == caller.request)
}

fn answers_agree(_: &Protocol, state: &State) -> bool {
    !any_two(answers(state), |(a, of_a), (b, of_b)| {
        a.request == b.request && of_a.made_in == of_b.made_in && a.answer() != b.answer()
    })
}

fn relayed(_: &Protocol, state: &State) -> bool {
    all_arrived(state)
        && state.orders().any(|(id, order)| {
            let mut of_its_key = state.callers.iter().filter(|caller| caller.request.key == id.key);
            order.published == Some(Publisher::Relay) && of_its_key.all(|caller| caller.phase == Phase::Gone)
        })
}

fn redriven(_: &Protocol, state: &State) -> bool {
    let after_redrive = Some(Publisher::RelayAfterRedrive);
    all_arrived(state) && stored(state).any(|order| order.published == after_redrive && order.letters == 0)
}

fn second_order(_: &Protocol, state: &State) -> bool {
    all_arrived(state) && any_two(stored(state), |a, b| a.request == b.request && a.made_in != b.made_in)
}

fn stored(state: &State) -> impl Iterator<Item = &Order> + Clone {
    state.keys.iter().flat_map(|key| &key.orders).filter(|order| order.stored)
}

fn answers(state: &State) -> impl Iterator<Item = (&Caller, &Order)> + Clone {
    state.callers.iter().filter_map(|caller| caller.answer().map(|id| (caller, state.order(id))))
}

/// Whether every caller is done, and every event is where it shall be in the end.
fn all_arrived(state: &State) -> bool {
    state.callers.iter().all(|caller| caller.is_done())
        && stored(state).all(|order| !order.waiting && (order.published.is_some() || order.letters > 0))
}

/// Whether all is done, and a caller came to an end like this.
fn ended(state: &State, like_this: impl Fn(Phase) -> bool) -> bool {
    all_arrived(state) && state.callers.iter().any(|caller| like_this(caller.phase))
}

/// Whether any two of them are like this.
fn any_two<T: Copy>(items: impl Iterator<Item = T> + Clone, like_this: impl Fn(T, T) -> bool) -> bool {
    let mut rest = items;
    while let Some(one) = rest.next() {
        if rest.clone().any(|other| like_this(one, other)) {
            return true;
        }
    }
    false
}
