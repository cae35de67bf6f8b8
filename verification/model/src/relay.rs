//! A relay: it leases an order, publishes its event or buries it, and takes it out of the outbox.

use crate::action::{RelayStep, Reply};
use crate::faults::Fault;
use crate::mutant::Mutant;
use crate::state::{Lease, OrderId, Publisher, State};

/// What a relay is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Relay {
    /// To lease an order.
    Idle,
    /// To publish the event of the order that it leased.
    Publishing(OrderId),
    /// To bury the event, since the bus rejects it.
    Burying(OrderId),
    /// To take the event out of the outbox, since it is on the bus or buried.
    Settling(OrderId),
    /// To take the event out of the outbox, and to bury it afterwards: only
    /// [`Mutant::SettleBeforeBury`] does.
    SettlingFirst(OrderId),
}

impl Relay {
    fn order(self) -> Option<OrderId> {
        match self {
            Self::Idle => None,
            Self::Publishing(order)
            | Self::Burying(order)
            | Self::Settling(order)
            | Self::SettlingFirst(order) => Some(order),
        }
    }
}

impl State {
    /// What a relay may do next.
    pub(crate) fn relay_steps(&self, relay: usize, mut may: impl FnMut(RelayStep)) {
        let call: fn(Reply) -> RelayStep = match self.relays[relay] {
            Relay::Idle => {
                let free = |lease| matches!(lease, Lease::Free | Lease::Ended(_));
                self.orders()
                    .filter(|(_, order)| order.waiting && free(order.lease))
                    .for_each(|(id, _)| may(RelayStep::Lease(id)));
                return;
            }
            Relay::Publishing(_) => RelayStep::Publish,
            Relay::Burying(_) => RelayStep::Bury,
            Relay::Settling(_) | Relay::SettlingFirst(_) => RelayStep::Settle,
        };
        may(call(Reply::Arrives));
        if self.faults.allow(Fault::LostReply) {
            may(call(Reply::IsLost));
        }
        if matches!(self.relays[relay], Relay::Publishing(_)) && self.faults.allow(Fault::Rejection) {
            may(RelayStep::BusRejects);
        }
        if self.faults.allow(Fault::Crash) {
            may(RelayStep::Crash);
        }
    }

    /// Lets a relay do a step.
    pub(crate) fn relay_does(&mut self, relay: usize, step: RelayStep, mutant: Option<Mutant>) {
        let owner = u8::try_from(relay).expect("a handful of relays");
        let phase = self.relays[relay];
        let next = match (phase, step) {
            (Relay::Idle, RelayStep::Lease(order)) => {
                self.order_mut(order).lease = Lease::Held(owner);
                Relay::Publishing(order)
            }
            (Relay::Publishing(order), RelayStep::Publish(reply)) => {
                self.publish(order, Publisher::Relay);
                after(reply, phase, Relay::Settling(order))
            }
            (Relay::Publishing(order), RelayStep::BusRejects) => match mutant {
                Some(Mutant::SettleBeforeBury) => Relay::SettlingFirst(order),
                _ => Relay::Burying(order),
            },
            (Relay::Burying(order), RelayStep::Bury(reply)) => {
                self.order_mut(order).letters += 1;
                let done = match mutant {
                    Some(Mutant::SettleBeforeBury) => Relay::Idle,
                    _ => Relay::Settling(order),
                };
                after(reply, phase, done)
            }
            (Relay::Settling(order) | Relay::SettlingFirst(order), RelayStep::Settle(reply)) => {
                self.settle_leased(order, owner, mutant);
                let first = matches!(phase, Relay::SettlingFirst(_));
                after(reply, phase, if first { Relay::Burying(order) } else { Relay::Idle })
            }
            (_, RelayStep::Crash) => Relay::Idle,
            (phase, step) => unreachable!("{step:?} while {phase:?}"),
        };
        if let (Some(order), Relay::Idle) = (phase.order(), next) {
            self.abandon(order, owner);
        }
        self.relays[relay] = next;
    }
}

/// A relay whose reply was lost repeats the call, as its adapters do.
fn after(reply: Reply, calling: Relay, done: Relay) -> Relay {
    match reply {
        Reply::Arrives => done,
        Reply::IsLost => calling,
    }
}
