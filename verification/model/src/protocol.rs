//! Protocol: its parameters, its possible actions, and their effects.

use crate::action::Action;
use crate::client::client_steps;
use crate::faults::{Fault, Faults};
use crate::mutant::Mutant;
use crate::order::Lease;
use crate::redrive::redrive_steps;
use crate::relay::relay_steps;
use crate::state::State;

/// Several clients, relays and a redrive that place, publish and redrive orders.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// Maximum number of clients, up to three.
    pub clients: usize,
    /// Number of relays, one or two.
    pub relays: usize,
    /// Maximum number of orders that a relay leases at a time, one or two.
    pub leases: usize,
    /// `true` when each order is changed once, at any time after it was stored.
    pub changes: bool,
    /// Faults that may happen.
    pub faults: Faults,
    /// Deliberate mistake, if any.
    pub mutant: Option<Mutant>,
}

impl Protocol {
    /// Creates the protocol with two relays that lease one order at a time, without changes.
    #[must_use]
    pub const fn new(clients: usize, faults: Faults) -> Self {
        Self { clients, relays: 2, leases: 1, changes: false, faults, mutant: None }
    }

    /// Creates the protocol with a mistake, two clients, and the parameters that the mistake needs to have
    /// an effect.
    #[must_use]
    pub fn mutated(mutant: Mutant, faults: Faults) -> Self {
        Self {
            leases: if mutant == Mutant::AcknowledgeOtherOrder { 2 } else { 1 },
            changes: matches!(mutant, Mutant::PublishOrderInOneCall | Mutant::RequeueKeepsLease),
            mutant: Some(mutant),
            ..Self::new(2, faults)
        }
    }

    /// Enumerates every action that is possible in a state.
    pub(crate) fn possible_actions(self, state: &State, mut offer: impl FnMut(Action)) {
        for (index, client) in (0..).zip(state.clients) {
            client_steps(client, state.faults, |step| offer(Action::Client(index, step)));
        }
        for (index, relay) in (0..).zip(0..self.relays) {
            relay_steps(state, relay, self.leases, |step| offer(Action::Relay(index, step)));
        }
        redrive_steps(state, self.mutant, |step| offer(Action::Redrive(step)));
        if state.faults.allow(Fault::KeyExpiry) {
            for (index, key) in (0..).zip(&state.keys) {
                if key.claim.is_some_and(|id| state.order(id).made_in == key.now) {
                    offer(Action::KeyExpires(index));
                }
            }
        }
        for (id, order) in state.orders() {
            if self.changes && order.is_stored && !order.is_changed {
                offer(Action::ChangeOrder(id));
            }
            let can_expire = match order.lease {
                Lease::Free | Lease::Expired(_) => false,
                Lease::Held(_) => state.faults.allow(Fault::SlowRelay),
                Lease::Abandoned => true,
            };
            if can_expire && self.mutant != Some(Mutant::LeaseNeverExpires) {
                offer(Action::LeaseExpires(id));
            }
        }
    }

    /// Returns `true` when no action is possible.
    pub(crate) fn is_at_rest(self, state: &State) -> bool {
        let mut is_any = false;
        self.possible_actions(state, |_| is_any = true);
        !is_any
    }

    /// Returns the state after an action; `None` for a fault without an effect.
    pub(crate) fn apply(self, last: &State, action: Action) -> Option<State> {
        let mut next = last.clone();
        self.perform(&mut next, action);
        let fault = match action {
            Action::LeaseExpires(id) if matches!(last.order(id).lease, Lease::Held(_)) => {
                Some(Fault::SlowRelay)
            }
            action => action.fault(),
        };
        if let Some(fault) = fault {
            // The retry of a call that changed nothing leads to no new state.
            if fault == Fault::LostResponse && next == *last {
                return None;
            }
            next.faults.spend(fault);
        }
        next.normalise();
        Some(next)
    }

    fn perform(self, state: &mut State, action: Action) {
        match action {
            Action::Client(client, step) => state.step_client(client.into(), step, self.mutant),
            Action::Relay(relay, step) => state.step_relay(relay.into(), step, self.mutant),
            Action::Redrive(step) => state.step_redrive(step, self.mutant),
            Action::ChangeOrder(id) => state.change(id),
            Action::KeyExpires(index) => {
                let key = &mut state.keys[usize::from(index)];
                key.now += 1;
                if self.mutant == Some(Mutant::ClaimDeletedAtExpiry) {
                    key.claim = None;
                }
            }
            Action::LeaseExpires(id) => {
                let lease = &mut state.order_mut(id).lease;
                *lease = if let Lease::Held(owner) = *lease { Lease::Expired(owner) } else { Lease::Free };
            }
        }
    }
}
