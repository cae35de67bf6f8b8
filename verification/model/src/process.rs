//! Progress of the processes: clients with their functions, relays, and the redrive.

use crate::order::{Epoch, OrderId, Version};
use crate::request::Request;

/// Client with one request, and the function that handles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Client {
    pub(crate) request: Request,
    pub(crate) phase: Phase,
}

/// Next step of a client's latest attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// The client is about to send the request, for the first time or again.
    Waiting,
    /// An order is built and about to be claimed. `own` is its id once it is in a claim.
    Claiming { made_in: Epoch, own: Option<OrderId> },
    /// The order of the claim is about to be stored.
    Inserting { order: OrderId, origin: Origin },
    /// The order is stored, and the response is about to be sent.
    Responding { order: OrderId, origin: Origin, announces: bool },
    /// The response was sent, and the event is about to be published.
    Publishing { order: OrderId, origin: Origin },
    /// The event is about to be removed from the outbox.
    Acknowledging { order: OrderId, origin: Origin },
    /// The work is done.
    Done { order: OrderId, origin: Origin },
    /// The key was used for another request.
    Refused,
    /// The client has given up, or never existed.
    Gone,
}

/// Origin of the order in a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// This attempt.
    Own,
    /// An earlier request.
    Replayed,
}

impl Client {
    /// Creates a client that has not sent its request yet.
    pub(crate) fn waiting(request: Request) -> Self {
        Self { request, phase: Phase::Waiting }
    }

    /// Creates a placeholder for a client that does not participate.
    pub(crate) fn absent() -> Self {
        Self { request: Request { key: 0, fingerprint: 0 }, phase: Phase::Gone }
    }

    /// Returns the order in the response to the client.
    pub(crate) fn response(self) -> Option<OrderId> {
        match self.phase {
            Phase::Publishing { order, .. }
            | Phase::Acknowledging { order, .. }
            | Phase::Done { order, .. } => Some(order),
            _ => None,
        }
    }

    /// Returns `true` when no step is left.
    pub(crate) fn is_done(self) -> bool {
        matches!(self.phase, Phase::Done { .. } | Phase::Refused | Phase::Gone)
    }
}

/// Maximum number of orders that a relay leases at a time.
pub(crate) const MAX_LEASES: usize = 2;

/// Relay, and the orders that it has leased. Idle without any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Relay {
    /// Sorted, so that equal sets of leased orders are equal relays.
    leased: [Option<Leased>; MAX_LEASES],
}

/// Leased order, and the progress of its relay with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Leased {
    pub(crate) order: OrderId,
    /// Event in progress.
    pub(crate) version: Version,
    /// Last event of the outbox when the order was leased.
    pub(crate) last: Version,
    /// Next step for the event.
    pub(crate) step: NextStep,
}

/// Next step of a relay for a leased order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum NextStep {
    /// Publish the event.
    Publish,
    /// Send the event to the dead-letter queue, since the bus rejects it.
    SendDeadLetter,
    /// Remove the event from the outbox, since it is on the bus or a dead letter.
    Acknowledge,
    /// Remove the event from the outbox before it becomes a dead letter: only
    /// [`crate::Mutant::AcknowledgeBeforeDeadLetter`] does.
    AcknowledgeFirst,
}

impl Relay {
    /// Returns every leased order.
    pub(crate) fn leased(self) -> impl Iterator<Item = Leased> {
        self.leased.into_iter().flatten()
    }

    /// Returns the progress with an order; `None` when the relay does not work on it.
    pub(crate) fn progress(self, order: OrderId) -> Option<Leased> {
        self.leased().find(|leased| leased.order == order)
    }

    /// Adds an order, or updates the progress with it.
    pub(crate) fn set(&mut self, leased: Leased) {
        self.remove(leased.order);
        // `None` is the smallest, so the first place is free.
        self.leased[0] = Some(leased);
        self.leased.sort_unstable();
    }

    /// Removes an order.
    pub(crate) fn remove(&mut self, order: OrderId) {
        for slot in &mut self.leased {
            slot.take_if(|leased| leased.order == order);
        }
        self.leased.sort_unstable();
    }
}

/// Next step of the redrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Redrive {
    /// Requeues the event of a dead letter.
    Idle,
    /// Deletes the dead letter of the event that it requeued.
    Deleting(OrderId, Version),
}
