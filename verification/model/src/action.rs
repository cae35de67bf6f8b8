//! What can happen in one step.

use crate::faults::Fault;
use crate::state::OrderId;

/// One step of somebody, or of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A client or the function that works for it.
    Caller(u8, CallerStep),
    /// A relay.
    Relay(u8, RelayStep),
    /// The redrive.
    Redrive(RedriveStep),
    /// The claim of a key ends: whoever begins from now on may make a new one.
    KeyExpires(u8),
    /// The lease of an order ends, whether its relay is still at work or not.
    LeaseEnds(OrderId),
}

/// What becomes of a call that had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The caller is told.
    Arrives,
    /// The caller is not told, and calls again.
    IsLost,
}

/// A step of a client or of the function that works for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerStep {
    /// An order is built of the request, with a fresh id.
    Begin,
    /// The key is claimed with the order.
    Claim(Reply),
    /// The claim's order is stored.
    Insert(Reply),
    /// The client gets its answer.
    Answer,
    /// The bus takes the event.
    Publish(Reply),
    /// The bus does not take it. It is the relay's from now on.
    BusRejects,
    /// The event is taken out of the outbox.
    Settle(Reply),
    /// The function ends, and the client never asks again.
    Crash,
    /// The function ends, and the client asks again.
    CrashAndRetry,
}

/// A step of a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayStep {
    /// An order is leased that has an event waiting.
    Lease(OrderId),
    /// The bus takes the event.
    Publish(Reply),
    /// The bus rejects the event once too often.
    BusRejects,
    /// The event becomes a dead letter.
    Bury(Reply),
    /// The event is taken out of the outbox, if the lease is still its own.
    Settle(Reply),
    /// The relay ends.
    Crash,
}

/// A step of the redrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedriveStep {
    /// The event of a dead letter is put back into the outbox, where it isn't.
    PutBack(OrderId),
    /// The event is in the outbox already, and its letter taken for a useless one: only
    /// [`crate::Mutant::ForgetWhatWasThere`] does.
    FindItThere(OrderId),
    /// The letter is taken out of the queue.
    Forget,
    /// The redrive ends.
    Crash,
}

impl Action {
    /// What goes wrong here. Not so the end of a lease, which depends on whose it is.
    pub(crate) fn fault(self) -> Option<Fault> {
        match self {
            Self::KeyExpires(_) => Some(Fault::KeyExpiry),
            Self::Caller(_, CallerStep::Crash | CallerStep::CrashAndRetry)
            | Self::Relay(_, RelayStep::Crash)
            | Self::Redrive(RedriveStep::Crash) => Some(Fault::Crash),
            Self::Caller(_, CallerStep::BusRejects) | Self::Relay(_, RelayStep::BusRejects) => {
                Some(Fault::Rejection)
            }
            Self::Caller(
                _,
                CallerStep::Claim(reply)
                | CallerStep::Insert(reply)
                | CallerStep::Publish(reply)
                | CallerStep::Settle(reply),
            )
            | Self::Relay(_, RelayStep::Publish(reply) | RelayStep::Bury(reply) | RelayStep::Settle(reply)) => {
                (reply == Reply::IsLost).then_some(Fault::LostReply)
            }
            Self::Caller(_, CallerStep::Begin | CallerStep::Answer)
            | Self::Relay(_, RelayStep::Lease(_))
            | Self::Redrive(RedriveStep::PutBack(_) | RedriveStep::FindItThere(_) | RedriveStep::Forget)
            | Self::LeaseEnds(_) => None,
        }
    }
}
