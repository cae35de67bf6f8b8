//! Effects of the calls to the services: each method is one atomic write.

use crate::mutant::Mutant;
use crate::order::{Epoch, Lease, Order, OrderId, Publisher, Version};
use crate::request::Request;
use crate::state::State;

/// Outcome of a claim; `orders_domain::ports::Claim`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    Won(OrderId),
    Replay(OrderId),
    KeyReused,
}

/// Outcome of an insert; `orders_domain::ports::Inserted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    New,
    AlreadyThere,
}

impl State {
    /// Makes the conditional put of an attempt that began in an epoch. `own` is the attempt's order, if an
    /// earlier put with a lost response stored it in the claim.
    pub(crate) fn claim(
        &mut self,
        request: Request,
        made_in: Epoch,
        own: Option<OrderId>,
        mutant: Option<Mutant>,
    ) -> Claim {
        let current = self.keys[usize::from(request.key)].claim;
        match current.map(|id| (id, self.order(id))) {
            Some((id, held)) if held.made_in >= made_in => {
                if held.request != request && mutant != Some(Mutant::NoFingerprintCheck) {
                    Claim::KeyReused
                } else if own == Some(id) {
                    Claim::Won(id)
                } else {
                    Claim::Replay(id)
                }
            }
            _ => {
                let id = own.unwrap_or_else(|| self.build(request, made_in));
                self.keys[usize::from(request.key)].claim = Some(id);
                Claim::Won(id)
            }
        }
    }

    /// Adds an order that is about to be claimed or stored.
    pub(crate) fn build(&mut self, request: Request, made_in: Epoch) -> OrderId {
        let orders = &mut self.keys[usize::from(request.key)].orders;
        let index = u8::try_from(orders.len()).expect("a handful of orders");
        orders.push(Order::new(request, made_in));
        OrderId { key: request.key, index }
    }

    /// Inserts the order and its first event in one write.
    pub(crate) fn insert(&mut self, id: OrderId) -> Inserted {
        let order = self.order_mut(id);
        if order.is_stored {
            return Inserted::AlreadyThere;
        }
        order.is_stored = true;
        order.event_mut(Version::Created).is_pending = true;
        Inserted::New
    }

    /// Changes an order and adds its event in one write.
    pub(crate) fn change(&mut self, id: OrderId) {
        let order = self.order_mut(id);
        order.is_changed = true;
        order.event_mut(Version::Changed).is_pending = true;
    }

    /// Publishes an event of the function or of a relay.
    pub(crate) fn publish(&mut self, id: OrderId, version: Version, publisher: Publisher) {
        let event = self.order_mut(id).event_mut(version);
        let first = match publisher {
            Publisher::Relay if event.is_requeued => Publisher::RelayAfterRedrive,
            publisher => publisher,
        };
        event.published.get_or_insert(first);
        event.is_requeued = false;
    }

    /// Removes an event from the outbox, regardless of the lease. An empty outbox ends the lease.
    pub(crate) fn acknowledge(&mut self, id: OrderId, version: Version) {
        let order = self.order_mut(id);
        order.event_mut(version).is_pending = false;
        if order.pending().next().is_none() {
            order.lease = Lease::Free;
        }
    }

    /// Removes an event for a relay; has no effect once another one owns the lease.
    pub(crate) fn acknowledge_leased(
        &mut self,
        id: OrderId,
        version: Version,
        relay: u8,
        mutant: Option<Mutant>,
    ) {
        let is_owner = match self.order(id).lease {
            Lease::Held(owner) | Lease::Expired(owner) => {
                owner == relay || mutant == Some(Mutant::SharedLeaseOwner)
            }
            Lease::Free | Lease::Abandoned => false,
        };
        if is_owner || mutant == Some(Mutant::IgnoreLeaseOwner) {
            self.acknowledge(id, version);
        }
    }

    /// Puts the event of a dead letter back into the outbox, and ends the lease, because its owner may
    /// acknowledge this event again.
    pub(crate) fn requeue(&mut self, id: OrderId, version: Version, mutant: Option<Mutant>) {
        let order = self.order_mut(id);
        if mutant != Some(Mutant::RequeueKeepsLease) {
            order.lease = Lease::Free;
        }
        let event = order.event_mut(version);
        event.is_pending = true;
        event.is_requeued = event.published.is_none();
    }

    /// Ends the work of a relay on an order; its lease remains until it expires.
    pub(crate) fn abandon(&mut self, id: OrderId, relay: u8) {
        let lease = &mut self.order_mut(id).lease;
        *lease = match *lease {
            Lease::Held(owner) if owner == relay => Lease::Abandoned,
            Lease::Expired(owner) if owner == relay => Lease::Free,
            lease => lease,
        };
    }
}
