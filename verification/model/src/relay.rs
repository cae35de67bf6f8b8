//! Steps of a relay: it leases orders, publishes the events of each or sends them to the dead-letter queue,
//! and removes them from the outbox. The steps for one order are in version order, those for different
//! orders in any order.

use crate::action::{RelayStep, Response};
use crate::faults::Fault;
use crate::mutant::Mutant;
use crate::order::{Lease, OrderId, Publisher};
use crate::process::{Leased, NextStep};
use crate::state::State;

/// Enumerates every possible next step of a relay that leases up to `leases` orders at a time.
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
            if order.pending().next().is_some() && is_free && relay.progress(id).is_none() {
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
            RelayStep::Lease(order, response) => self.lease(relay, order, response),
            RelayStep::Publish(order, response) => {
                let leased = self.progress(relay, order);
                self.publish(order, leased.version, Publisher::Relay);
                self.publish_later(leased, mutant);
                self.advance(relay, leased, response, Some(NextStep::Acknowledge));
            }
            RelayStep::BusRejects(order) => {
                let leased = self.progress(relay, order);
                self.publish_later(leased, mutant);
                let next = match mutant {
                    Some(Mutant::AcknowledgeBeforeDeadLetter) => NextStep::AcknowledgeFirst,
                    _ => NextStep::SendDeadLetter,
                };
                self.advance(relay, leased, Response::Received, Some(next));
            }
            RelayStep::SendDeadLetter(order, response) => {
                let leased = self.progress(relay, order);
                self.order_mut(order).event_mut(leased.version).dead_letters += 1;
                let is_last = mutant == Some(Mutant::AcknowledgeBeforeDeadLetter);
                self.advance(relay, leased, response, (!is_last).then_some(NextStep::Acknowledge));
            }
            RelayStep::Acknowledge(order, response) => {
                let leased = self.progress(relay, order);
                let acknowledged = self.acknowledged(relay, leased, mutant);
                self.acknowledge_leased(acknowledged.order, acknowledged.version, index(relay), mutant);
                let is_first = leased.step == NextStep::AcknowledgeFirst;
                self.advance(relay, leased, response, is_first.then_some(NextStep::SendDeadLetter));
            }
            RelayStep::CallFails(order) => self.drop_order(relay, order),
            RelayStep::Crash => {
                let dropped = self.relays[relay];
                dropped.leased().for_each(|leased| self.drop_order(relay, leased.order));
            }
        }
    }

    /// Leases an order. After a lost response, the retry leases another order or none.
    fn lease(&mut self, relay: usize, id: OrderId, response: Response) {
        let order = self.order_mut(id);
        if response == Response::Lost {
            order.lease = Lease::Abandoned;
            return;
        }
        order.lease = Lease::Held(index(relay));
        let version = order.pending().next().expect("a pending event");
        let last = order.pending().next_back().unwrap_or(version);
        self.relays[relay].set(Leased { order: id, version, last, step: NextStep::Publish });
    }

    fn progress(&self, relay: usize, order: OrderId) -> Leased {
        self.relays[relay].progress(order).expect("a leased order")
    }

    /// Continues after a call, with the next step for the event, or else with the next event. The adapter
    /// retries the call after a lost response.
    fn advance(&mut self, relay: usize, leased: Leased, response: Response, next: Option<NextStep>) {
        match (response, next) {
            (Response::Lost, _) => {}
            (Response::Received, Some(step)) => self.relays[relay].set(Leased { step, ..leased }),
            (Response::Received, None) if leased.version < leased.last => {
                self.relays[relay].set(Leased { version: leased.last, step: NextStep::Publish, ..leased });
            }
            (Response::Received, None) => self.drop_order(relay, leased.order),
        }
    }

    fn drop_order(&mut self, relay: usize, order: OrderId) {
        self.relays[relay].remove(order);
        self.abandon(order, index(relay));
    }

    /// Publishes the later events of an order, which only [`Mutant::PublishOrderInOneCall`] has in the call.
    fn publish_later(&mut self, leased: Leased, mutant: Option<Mutant>) {
        if mutant == Some(Mutant::PublishOrderInOneCall) && leased.version < leased.last {
            self.publish(leased.order, leased.last, Publisher::Relay);
        }
    }

    /// Returns the event that the relay acknowledges instead of that of `leased`.
    fn acknowledged(&self, relay: usize, leased: Leased, mutant: Option<Mutant>) -> Leased {
        let mut others = self.relays[relay].leased().filter(|other| other.order != leased.order);
        match mutant {
            Some(Mutant::AcknowledgeOtherOrder) => others.next().unwrap_or(leased),
            _ => leased,
        }
    }
}

/// Returns the relay as the owner of a lease.
fn index(relay: usize) -> u8 {
    u8::try_from(relay).expect("a handful of relays")
}
