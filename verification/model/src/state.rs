//! All there is at one moment: what the services hold, and how far everybody is.

use crate::caller::Caller;
use crate::faults::Faults;
use crate::redriver::Redriver;
use crate::relay::Relay;
use crate::request::{CALLERS, KEYS, Request};

/// How many relays run at a time.
pub(crate) const RELAYS: usize = 2;

/// Which life of a key: its claims end, and the next begins.
pub(crate) type Epoch = u8;

/// Which order: the key it was claimed with, and the how many-eth order of that key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderId {
    pub(crate) key: u8,
    pub(crate) index: u8,
}

/// One moment of the system.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub(crate) callers: [Caller; CALLERS],
    pub(crate) keys: [Key; KEYS],
    pub(crate) relays: [Relay; RELAYS],
    pub(crate) redriver: Redriver,
    /// Whether a later event of each order waits as well.
    pub(crate) later_events: bool,
    /// What may still go wrong.
    pub(crate) faults: Faults,
}

/// What the services hold for one idempotency key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The time, as far as this key is concerned.
    pub(crate) now: Epoch,
    /// Whose the key is: the order in the claim has its fingerprint and its time.
    pub(crate) claim: Option<OrderId>,
    /// The orders that were made for the key. Those that nobody claimed or stored left no trace.
    pub(crate) orders: Vec<Order>,
}

/// An order in a claim or in the collection, and its event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Order {
    /// The request that it was built from.
    pub(crate) request: Request,
    /// When it was built, which is when its claim was made.
    pub(crate) made_in: Epoch,
    /// Whether it is in the collection.
    pub(crate) stored: bool,
    /// Whether its event is in its outbox.
    pub(crate) waiting: bool,
    pub(crate) lease: Lease,
    /// Who was the first to publish its event.
    pub(crate) published: Option<Publisher>,
    /// How many dead letters there are of its event.
    pub(crate) letters: u8,
    /// Whether a redrive has put its event back, before it was ever published.
    pub(crate) put_back: bool,
}

/// Who may take an order's event out of the outbox, besides the function that stored it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lease {
    /// Nobody: any relay may lease it.
    Free,
    /// This relay.
    Held(u8),
    /// This relay, until another comes: the time is over, but the owner is still written there.
    Ended(u8),
    /// A relay that is dead.
    Abandoned,
}

/// Who brought an event to the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Publisher {
    /// The function that stored the order.
    Caller,
    /// A relay.
    Relay,
    /// A relay, after the event had been a dead letter and was put back.
    RelayAfterRedrive,
}

impl State {
    pub(crate) fn new(callers: [Caller; CALLERS], later_events: bool, faults: Faults) -> Self {
        Self {
            callers,
            keys: Default::default(),
            relays: [Relay::Idle; RELAYS],
            redriver: Redriver::Idle,
            later_events,
            faults,
        }
    }

    pub(crate) fn order(&self, id: OrderId) -> &Order {
        &self.keys[usize::from(id.key)].orders[usize::from(id.index)]
    }

    pub(crate) fn order_mut(&mut self, id: OrderId) -> &mut Order {
        &mut self.keys[usize::from(id.key)].orders[usize::from(id.index)]
    }

    pub(crate) fn orders(&self) -> impl Iterator<Item = (OrderId, &Order)> {
        (0..).zip(&self.keys).flat_map(|(key, held)| {
            (0..).zip(&held.orders).map(move |(index, order)| (OrderId { key, index }, order))
        })
    }

    /// Makes states equal that differ only in which of two equals is named first: callers with the
    /// same request, and relays.
    pub(crate) fn normalise(&mut self) {
        self.callers.sort_unstable();
        if self.relays[0] > self.relays[1] {
            self.relays.swap(0, 1);
            for order in self.keys.iter_mut().flat_map(|key| &mut key.orders) {
                order.lease = match order.lease {
                    Lease::Held(owner) => Lease::Held(1 - owner),
                    Lease::Ended(owner) => Lease::Ended(1 - owner),
                    lease @ (Lease::Free | Lease::Abandoned) => lease,
                };
            }
        }
    }
}
