//! What the services do when they are called: each method is one atomic write.

use crate::mutant::Mutant;
use crate::request::Request;
use crate::state::{Epoch, Lease, Order, OrderId, Publisher, State};

/// Whose a key is; `orders_domain::ports::Claim`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    Won(OrderId),
    Replay(OrderId),
    KeyReused,
}

/// Whether an order was there before; `orders_domain::ports::Inserted`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    New,
    AlreadyThere,
}

impl State {
    /// The conditional put of an attempt made in an epoch. `own` is the attempt's order, where a
    /// put whose reply was lost has left it in the claim.
    pub(crate) fn claim(
        &mut self,
        request: Request,
        made_in: Epoch,
        own: Option<OrderId>,
        mutant: Option<Mutant>,
    ) -> Claim {
        let standing = self.keys[usize::from(request.key)].claim;
        match standing.map(|id| (id, self.order(id))) {
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

    /// Gives an order a place, since it is about to be claimed or stored.
    pub(crate) fn build(&mut self, request: Request, made_in: Epoch) -> OrderId {
        let orders = &mut self.keys[usize::from(request.key)].orders;
        let index = u8::try_from(orders.len()).expect("a handful of orders");
        orders.push(Order {
            request,
            made_in,
            stored: false,
            waiting: false,
            lease: Lease::Free,
            published: None,
            letters: 0,
            put_back: false,
        });
        OrderId { key: request.key, index }
    }

    /// The insert: the order and its event in one write.
    pub(crate) fn insert(&mut self, id: OrderId) -> Inserted {
        let order = self.order_mut(id);
        if order.stored {
            return Inserted::AlreadyThere;
        }
        order.stored = true;
        order.waiting = true;
        Inserted::New
    }

    /// The bus takes the event, from the function or from a relay.
    pub(crate) fn publish(&mut self, id: OrderId, publisher: Publisher) {
        let order = self.order_mut(id);
        let first = match publisher {
            Publisher::Relay if order.put_back => Publisher::RelayAfterRedrive,
            publisher => publisher,
        };
        order.published.get_or_insert(first);
        order.put_back = false;
    }

    /// Takes the event out of the outbox, whoever has leased the order.
    pub(crate) fn settle(&mut self, id: OrderId) {
        let order = self.order_mut(id);
        order.waiting = false;
        order.lease = Lease::Free;
    }

    /// The same for a relay: does nothing when the lease is another's by now.
    pub(crate) fn settle_leased(&mut self, id: OrderId, relay: u8, mutant: Option<Mutant>) {
        let is_ours = match self.order(id).lease {
            Lease::Held(owner) | Lease::Ended(owner) => {
                owner == relay || mutant == Some(Mutant::OneOwnerForAll)
            }
            Lease::Free | Lease::Abandoned => false,
        };
        if is_ours && self.later_events {
            self.order_mut(id).waiting = false;
        } else if is_ours || mutant == Some(Mutant::LeaseWithoutOwner) {
            self.settle(id);
        }
    }

    /// Puts the event of a dead letter back, unless it is in the outbox, and ends the lease: whoever
    /// has it may settle this event once more.
    pub(crate) fn put_back(&mut self, id: OrderId, mutant: Option<Mutant>) {
        let order = self.order_mut(id);
        order.waiting = true;
        if mutant != Some(Mutant::PutBackKeepsLease) {
            order.lease = Lease::Free;
        }
        order.put_back = order.published.is_none();
    }

    /// The lease of an order that no relay works on any more has nobody to give it back.
    pub(crate) fn abandon(&mut self, id: OrderId, relay: u8) {
        let lease = &mut self.order_mut(id).lease;
        *lease = match *lease {
            Lease::Held(owner) if owner == relay => Lease::Abandoned,
            Lease::Ended(owner) if owner == relay => Lease::Free,
            lease => lease,
        };
    }
}
