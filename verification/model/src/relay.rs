//! Steps of a relay: it leases orders, publishes the event of each or makes it a dead letter, and takes
//! it out of the outbox. The steps for its orders come in any order.

use crate::action::{RelayStep, Response};
use crate::faults::Fault;
use crate::mutant::Mutant;
use crate::order::{Lease, OrderId, Publisher};
use crate::process::NextStep;
use crate::state::State;

/// Offers every possible next step of a relay that leases up to `leases` orders at a time.
pub(crate) fn relay_steps(state: &State, relay: usize, leases: usize, mut offer: impl FnMut(RelayStep)) {
    let (faults, relay) = (state.faults, state.relays[relay]);
    let mut offer_call = |order, call: fn(OrderId, Response) -> RelayStep| {
        offer(call(order, Response::Received));
        if faults.allow(Fault::LostResponse) {
            offer(call(order, Response::Lost));
        }
    };
    if relay.leased().count() < leases {
        for (id, order) in state.orders() {
            let is_free = matches!(order.lease, Lease::Free | Lease::Expired(_));
            if order.is_pending && is_free && relay.next_step(id).is_none() {
                offer_call(id, RelayStep::Lease);
            }
        }
    }
    for leased in relay.leased() {
        let call = match leased.step {
            NextStep::Publish => RelayStep::Publish,
            NextStep::SendDeadLetter => RelayStep::SendDeadLetter,
            NextStep::Acknowledge | NextStep::AcknowledgeFirst => RelayStep::Acknowledge,
        };
        offer_call(leased.order, call);
    }
    for leased in relay.leased() {
        if leased.step == NextStep::Publish && faults.allow(Fault::Rejection) {
            offer(RelayStep::BusRejects(leased.order));
        }
        // With one order, it equals a crash.
        if relay.leased().count() > 1 && faults.allow(Fault::FailedCall) {
            offer(RelayStep::CallFails(leased.order));
        }
    }
    if relay.leased().count() > 0 && faults.allow(Fault::Crash) {
        offer(RelayStep::Crash);
    }
}

impl State {
    /// Applies a step of a relay.
    pub(crate) fn step_relay(&mut self, relay: usize, step: RelayStep, mutant: Option<Mutant>) {
        match step {
            RelayStep::Lease(order, Response::Received) => {
                self.order_mut(order).lease = Lease::Held(index(relay));
                self.relays[relay].set(order, NextStep::Publish);
            }
            // Repeated, the call leases another order or none.
            RelayStep::Lease(order, Response::Lost) => self.order_mut(order).lease = Lease::Abandoned,
            RelayStep::Publish(order, response) => {
                self.publish(order, Publisher::Relay);
                self.go_on(relay, order, response, Some(NextStep::Acknowledge));
            }
            RelayStep::BusRejects(order) => {
                let next = match mutant {
                    Some(Mutant::AcknowledgeBeforeDeadLetter) => NextStep::AcknowledgeFirst,
                    _ => NextStep::SendDeadLetter,
                };
                self.relays[relay].set(order, next);
            }
            RelayStep::SendDeadLetter(order, response) => {
                self.order_mut(order).dead_letters += 1;
                let is_last = mutant == Some(Mutant::AcknowledgeBeforeDeadLetter);
                self.go_on(relay, order, response, (!is_last).then_some(NextStep::Acknowledge));
            }
            RelayStep::Acknowledge(order, response) => {
                let is_first = self.relays[relay].next_step(order) == Some(NextStep::AcknowledgeFirst);
                let acknowledged = self.acknowledged_order(relay, order, mutant);
                self.acknowledge_leased(acknowledged, index(relay), mutant);
                self.go_on(relay, order, response, is_first.then_some(NextStep::SendDeadLetter));
            }
            RelayStep::CallFails(order) => self.drop_order(relay, order),
            RelayStep::Crash => {
                let dropped = self.relays[relay];
                dropped.leased().for_each(|leased| self.drop_order(relay, leased.order));
            }
        }
    }

    /// Goes on after a call for an order, with the next step or without one. A lost response makes
    /// the adapter repeat the call.
    fn go_on(&mut self, relay: usize, order: OrderId, response: Response, next: Option<NextStep>) {
        match (response, next) {
            (Response::Lost, _) => {}
            (Response::Received, Some(next)) => self.relays[relay].set(order, next),
            (Response::Received, None) => self.drop_order(relay, order),
        }
    }

    fn drop_order(&mut self, relay: usize, order: OrderId) {
        self.relays[relay].remove(order);
        self.abandon(order, index(relay));
    }

    /// The order with the event that the relay acknowledges.
    fn acknowledged_order(&self, relay: usize, order: OrderId, mutant: Option<Mutant>) -> OrderId {
        let mut others =
            self.relays[relay].leased().map(|leased| leased.order).filter(|other| *other != order);
        match mutant {
            Some(Mutant::AcknowledgeOtherOrder) => others.next().unwrap_or(order),
            _ => order,
        }
    }
}

/// The relay as the owner of a lease.
fn index(relay: usize) -> u8 {
    u8::try_from(relay).expect("a handful of relays")
}
