//! State of the model: contents of the stores, and progress of every process.

use crate::faults::Faults;
use crate::order::{Key, Lease, Order, OrderId};
use crate::process::{Client, Redrive, Relay};
use crate::request::{KEYS, MAX_CLIENTS, Request};

/// Maximum number of relays at a time.
pub(crate) const MAX_RELAYS: usize = 2;

/// State of the whole system between two steps.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub(crate) clients: [Client; MAX_CLIENTS],
    pub(crate) keys: [Key; KEYS],
    pub(crate) relays: [Relay; MAX_RELAYS],
    pub(crate) redrive: Redrive,
    /// Faults that may still happen.
    pub(crate) faults: Faults,
}

impl State {
    /// Returns the initial state, with one client for each request.
    pub(crate) fn new(requests: &[Request], faults: Faults) -> Self {
        let mut clients = [Client::absent(); MAX_CLIENTS];
        for (client, request) in clients.iter_mut().zip(requests) {
            *client = Client::waiting(*request);
        }
        let mut state = Self {
            clients,
            keys: Default::default(),
            relays: [Relay::default(); MAX_RELAYS],
            redrive: Redrive::Idle,
            faults,
        };
        state.normalise();
        state
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

    /// Sorts interchangeable processes, so that states that differ only in their numbering are equal:
    /// clients with the same request, and relays.
    pub(crate) fn normalise(&mut self) {
        self.clients.sort_unstable();
        // An idle relay is the last, also one that does not participate.
        if self.relays[0] < self.relays[1] {
            self.relays.swap(0, 1);
            for order in self.keys.iter_mut().flat_map(|key| &mut key.orders) {
                order.lease = match order.lease {
                    Lease::Held(owner) => Lease::Held(1 - owner),
                    Lease::Expired(owner) => Lease::Expired(1 - owner),
                    lease @ (Lease::Free | Lease::Abandoned) => lease,
                };
            }
        }
    }
}
