//! Actions: the steps of the processes, and the passing of time.

use crate::faults::Fault;
use crate::order::{OrderId, Version};

/// One step of a process, or the end of a claim or lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Step of a client, or of the function that handles its request.
    Client(u8, ClientStep),
    /// Step of a relay.
    Relay(u8, RelayStep),
    /// Step of the redrive.
    Redrive(RedriveStep),
    /// An order is changed, and its second event written. The function crashes before it publishes.
    ChangeOrder(OrderId),
    /// The claim of a key expires: an attempt that begins later may make a new one.
    KeyExpires(u8),
    /// The lease of an order expires, even if its relay is still running.
    LeaseExpires(OrderId),
}

/// Delivery of the response to a call that had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// The caller receives it.
    Received,
    /// It is lost, and the caller retries the call.
    Lost,
}

/// Step of a client, or of the function that handles its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientStep {
    /// Builds an order from the request, with a fresh id.
    BuildOrder,
    /// Claims the key with the order.
    ClaimKey(Response),
    /// Stores the order of the claim.
    InsertOrder(Response),
    /// Sends the response to the client.
    Respond,
    /// Publishes the event; the bus accepts it.
    Publish(Response),
    /// Publishes the event; the bus rejects it and leaves it to the relay.
    BusRejects,
    /// Removes the event from the outbox.
    Acknowledge(Response),
    /// The function crashes, and the client gives up.
    Crash,
    /// The function crashes, and the client retries the request.
    CrashAndRetry,
}

/// Step of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayStep {
    /// Leases an order with a pending event. Without the response, no relay works on the order.
    Lease(OrderId, Response),
    /// Publishes the event; the bus accepts it.
    Publish(OrderId, Response),
    /// Publishes the event; the bus rejects it for the last time.
    BusRejects(OrderId),
    /// Sends the event to the dead-letter queue.
    SendDeadLetter(OrderId, Response),
    /// Removes the event from the outbox, if the relay still owns the lease.
    Acknowledge(OrderId, Response),
    /// A call for the order fails. The relay drops the order and continues with its other orders.
    CallFails(OrderId),
    /// The relay crashes, and drops every order that it has leased.
    Crash,
}

/// Step of the redrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedriveStep {
    /// Puts the event of a dead letter back into the outbox, which does not contain it.
    Requeue(OrderId, Version),
    /// Finds the event in the outbox and considers its dead letter obsolete: only
    /// [`crate::Mutant::DeleteDeadLetterOfPendingEvent`] does.
    FindPending(OrderId, Version),
    /// Deletes the dead letter.
    DeleteDeadLetter,
    /// The redrive crashes.
    Crash,
}

impl Action {
    /// Returns the fault that the action is. The expiry of a lease is a fault only while its relay is
    /// running.
    pub(crate) fn fault(self) -> Option<Fault> {
        match self {
            Self::KeyExpires(_) => Some(Fault::KeyExpiry),
            Self::Client(_, ClientStep::Crash | ClientStep::CrashAndRetry)
            | Self::Relay(_, RelayStep::Crash)
            | Self::Redrive(RedriveStep::Crash) => Some(Fault::Crash),
            Self::Client(_, ClientStep::BusRejects) | Self::Relay(_, RelayStep::BusRejects(_)) => {
                Some(Fault::Rejection)
            }
            Self::Relay(_, RelayStep::CallFails(_)) => Some(Fault::FailedCall),
            Self::Client(
                _,
                ClientStep::ClaimKey(response)
                | ClientStep::InsertOrder(response)
                | ClientStep::Publish(response)
                | ClientStep::Acknowledge(response),
            )
            | Self::Relay(
                _,
                RelayStep::Lease(_, response)
                | RelayStep::Publish(_, response)
                | RelayStep::SendDeadLetter(_, response)
                | RelayStep::Acknowledge(_, response),
            ) => (response == Response::Lost).then_some(Fault::LostResponse),
            Self::Client(_, ClientStep::BuildOrder | ClientStep::Respond)
            | Self::Redrive(
                RedriveStep::Requeue(..) | RedriveStep::FindPending(..) | RedriveStep::DeleteDeadLetter,
            )
            | Self::ChangeOrder(_)
            | Self::LeaseExpires(_) => None,
        }
    }
}
