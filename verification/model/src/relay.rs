//! Steps of a relay: it leases an order, publishes its event or makes it a dead letter, and takes it
//! out of the outbox.

use crate::action::{RelayStep, Response};
use crate::faults::Fault;
use crate::mutant::Mutant;
use crate::order::{Lease, Publisher};
use crate::process::Relay;
use crate::state::State;

/// Offers every possible next step of a relay.
pub(crate) fn relay_steps(state: &State, relay: usize, mut offer: impl FnMut(RelayStep)) {
    let call: fn(Response) -> RelayStep = match state.relays[relay] {
        Relay::Idle => {
            let is_free = |lease| matches!(lease, Lease::Free | Lease::Expired(_));
            state
                .orders()
                .filter(|(_, order)| order.is_pending && is_free(order.lease))
                .for_each(|(id, _)| offer(RelayStep::Lease(id)));
            return;
        }
        Relay::Publishing(_) => RelayStep::Publish,
        Relay::SendingDeadLetter(_) => RelayStep::SendDeadLetter,
        Relay::Acknowledging(_) | Relay::AcknowledgingFirst(_) => RelayStep::Acknowledge,
    };
    offer(call(Response::Received));
    if state.faults.allow(Fault::LostResponse) {
        offer(call(Response::Lost));
    }
    if matches!(state.relays[relay], Relay::Publishing(_)) && state.faults.allow(Fault::Rejection) {
        offer(RelayStep::BusRejects);
    }
    if state.faults.allow(Fault::Crash) {
        offer(RelayStep::Crash);
    }
}

impl State {
    /// Applies a step of a relay.
    pub(crate) fn step_relay(&mut self, relay: usize, step: RelayStep, mutant: Option<Mutant>) {
        let owner = u8::try_from(relay).expect("a handful of relays");
        let phase = self.relays[relay];
        let next = match (phase, step) {
            (Relay::Idle, RelayStep::Lease(order)) => {
                self.order_mut(order).lease = Lease::Held(owner);
                Relay::Publishing(order)
            }
            (Relay::Publishing(order), RelayStep::Publish(response)) => {
                self.publish(order, Publisher::Relay);
                after_call(response, phase, Relay::Acknowledging(order))
            }
            (Relay::Publishing(order), RelayStep::BusRejects) => match mutant {
                Some(Mutant::AcknowledgeBeforeDeadLetter) => Relay::AcknowledgingFirst(order),
                _ => Relay::SendingDeadLetter(order),
            },
            (Relay::SendingDeadLetter(order), RelayStep::SendDeadLetter(response)) => {
                self.order_mut(order).dead_letters += 1;
                let done = match mutant {
                    Some(Mutant::AcknowledgeBeforeDeadLetter) => Relay::Idle,
                    _ => Relay::Acknowledging(order),
                };
                after_call(response, phase, done)
            }
            (
                Relay::Acknowledging(order) | Relay::AcknowledgingFirst(order),
                RelayStep::Acknowledge(response),
            ) => {
                self.acknowledge_leased(order, owner, mutant);
                let is_first = matches!(phase, Relay::AcknowledgingFirst(_));
                after_call(
                    response,
                    phase,
                    if is_first { Relay::SendingDeadLetter(order) } else { Relay::Idle },
                )
            }
            (_, RelayStep::Crash) => Relay::Idle,
            (phase, step) => unreachable!("{step:?} in phase {phase:?}"),
        };
        if let (Some(order), Relay::Idle) = (phase.order(), next) {
            self.abandon(order, owner);
        }
        self.relays[relay] = next;
    }
}

/// The phase after a call. A lost response makes the adapter repeat it.
fn after_call(response: Response, calling: Relay, done: Relay) -> Relay {
    match response {
        Response::Received => done,
        Response::Lost => calling,
    }
}
