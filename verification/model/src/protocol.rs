//! The model: where it begins, what can happen, and what then is.

use crate::action::Action;
use crate::faults::{Fault, Faults};
use crate::mutant::Mutant;
use crate::properties;
use crate::request::all_callers;
use crate::state::{Lease, RELAYS, State};
use stateright::{Model, Property};

/// Placing, publishing and redriving orders, by several at a time.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// How many callers there are at most, up to three.
    pub callers: usize,
    /// Whether a later event of each order waits as well. Then a relay that settles has not emptied
    /// the outbox, and goes on with its lease.
    pub later_events: bool,
    /// What may go wrong.
    pub faults: Faults,
    /// What is built wrongly, if anything.
    pub mutant: Option<Mutant>,
}

impl Protocol {
    fn each_action(self, state: &State, mut may: impl FnMut(Action)) {
        for (index, caller) in (0..).zip(&state.callers) {
            caller.steps(state.faults, |step| may(Action::Caller(index, step)));
        }
        for (index, relay) in (0..).zip(0..RELAYS) {
            state.relay_steps(relay, |step| may(Action::Relay(index, step)));
        }
        state.redrive_steps(self.mutant, |step| may(Action::Redrive(step)));
        if state.faults.allow(Fault::KeyExpiry) {
            for (index, key) in (0..).zip(&state.keys) {
                if key.claim.is_some_and(|id| state.order(id).made_in == key.now) {
                    may(Action::KeyExpires(index));
                }
            }
        }
        for (id, order) in state.orders() {
            let ends = match order.lease {
                Lease::Free | Lease::Ended(_) => false,
                Lease::Held(_) => state.faults.allow(Fault::SlowRelay),
                Lease::Abandoned => true,
            };
            if ends && self.mutant != Some(Mutant::LeaseForEver) {
                may(Action::LeaseEnds(id));
            }
        }
    }

    /// Whether nothing can happen any more.
    pub(crate) fn is_at_rest(self, state: &State) -> bool {
        let mut any = false;
        self.each_action(state, |_| any = true);
        !any
    }

    fn apply(self, state: &mut State, action: Action) {
        match action {
            Action::Caller(caller, step) => state.caller_does(caller.into(), step, self.mutant),
            Action::Relay(relay, step) => state.relay_does(relay.into(), step, self.mutant),
            Action::Redrive(step) => state.redrive_does(step, self.mutant),
            Action::KeyExpires(index) => {
                let key = &mut state.keys[usize::from(index)];
                key.now += 1;
                if self.mutant == Some(Mutant::DeletedAtExpiry) {
                    key.claim = None;
                }
            }
            Action::LeaseEnds(id) => {
                let lease = &mut state.order_mut(id).lease;
                *lease = if let Lease::Held(owner) = *lease { Lease::Ended(owner) } else { Lease::Free };
            }
        }
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut states: Vec<_> = all_callers(self.callers)
            .map(|callers| State::new(callers, self.later_events, self.faults))
            .collect();
        states.iter_mut().for_each(State::normalise);
        states
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.each_action(state, |action| actions.push(action));
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut next = last.clone();
        self.apply(&mut next, action);
        let fault = match action {
            Action::LeaseEnds(id) if matches!(last.order(id).lease, Lease::Held(_)) => Some(Fault::SlowRelay),
            action => action.fault(),
        };
        if let Some(fault) = fault {
            // A call that did nothing may be repeated at no cost: nothing to look at.
            if fault == Fault::LostReply && next == *last {
                return None;
            }
            next.faults.spend(fault);
        }
        next.normalise();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }
}
