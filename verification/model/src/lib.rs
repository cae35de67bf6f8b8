//! The protocol behind "exactly once" as a state machine, small enough that a model checker can visit
//! every state of it: several callers, two relays and a redrive at once, with faults at every step.
//! The tests in `tests/` hold the code to the protocol; this crate holds the protocol to its promise.
//!
//! # What stands for what
//!
//! | action | real code |
//! | --- | --- |
//! | [`CallerStep::Begin`] | the handler of `functions/create` builds an order with a fresh id and `created_at` |
//! | [`CallerStep::Claim`] | `Claims::claim`, one conditional put |
//! | [`CallerStep::Insert`] | `Orders::insert` of whatever order the claim holds |
//! | [`CallerStep::Answer`] | the 201 leaves; `PlacedOrder::unannounced` says whether there is more to do |
//! | [`CallerStep::Publish`], [`CallerStep::Settle`] | `announce`: `EventPublisher::publish`, then `Outbox::settle` |
//! | [`RelayStep::Lease`] | `Backlog::lease` |
//! | [`RelayStep::Publish`] | `EventPublisher::publish` with `Delivery::Accepted` |
//! | [`RelayStep::BusRejects`] | `Delivery::Rejected`, after the last of `Relay::BACKOFF` |
//! | [`RelayStep::Bury`] | `DeadLetters::bury` |
//! | [`RelayStep::Settle`] | `Backlog::settle`, which does nothing when the lease was lost |
//! | [`RedriveStep::PutBack`], [`RedriveStep::Forget`] | `redrive`: `WaitingEvents::put_back`, where that is `PutBack::Done`, then `BuriedEvents::forget` |
//! | [`Action::KeyExpires`] | the time passes a claim's `expires_at` |
//! | [`Action::LeaseEnds`] | the time passes a lease's `until` |
//!
//! Every call may lose its reply ([`Reply::IsLost`]): the effect is there, its caller calls again, as
//! the SDK and the adapters do. The redrive's don't: putting back is not repeated, which is a crash
//! after it, and forgetting twice is forgetting once. A crash may come between any two steps. A client
//! whose function crashed gives up, or asks again, and then a fresh order is built
//! ([`CallerStep::CrashAndRetry`]).
//!
//! # What is left out, and why nothing gets lost by it
//!
//! - *Time.* A key has epochs: a claim of one gives way to an attempt that began in a later one, and to
//!   no other. A lease ends at any moment, as a fault where its relay is still at work. An order is
//!   due as soon as it is stored, which is the worst case for a function that is about to publish.
//! - *A claim that the table deletes.* The model never does. The table may only after a claim has ended
//!   and every attempt that began before is over: [`Mutant::DeletedAtExpiry`] shows why.
//! - *Batches.* A relay works on one order at a time. Nothing it does to one depends on another.
//! - *Rejections that are tried again, and outages.* An order that is put off is one whose relay
//!   crashed and whose lease has ended.
//! - *Clients that give up while their function works on.* The caller beside them with an equal
//!   request is their retry.
//! - *Which letter is which.* The queue deletes by receipt, so forgetting a letter forgets no other of
//!   the same event. They are counted.
//! - *Later events.* An order has its first one only. [`Protocol::later_events`] says whether another
//!   one waits behind it, which keeps the lease standing when the first one is settled.
//! - *Names.* Callers with equal requests, and relays, are sorted after each step, so one may have
//!   another index in the next. Keys and fingerprints are given to callers in every way but for names.
//!
//! # How far it goes
//!
//! [`Faults`] bounds how often something goes wrong, so that there is an end of states. A run never
//! comes back to a state, so every run ends, and what holds at its end
//! ([`ALL_ARRIVES`]) is what holds when the faults are over.

mod action;
mod caller;
mod explore;
mod faults;
mod mutant;
mod properties;
mod protocol;
mod redriver;
mod relay;
mod request;
mod services;
mod state;

pub use action::{Action, CallerStep, RedriveStep, RelayStep, Reply};
pub use explore::Exploration;
pub use faults::Faults;
pub use mutant::Mutant;
pub use properties::{
    ALL_ARRIVES, ALWAYS, ANSWERS_AGREE, ANSWERS_ARE_STORED, ANSWERS_FIT, NEVER_NOWHERE, ONE_ORDER, REDRIVEN,
    REFUSAL, RELAYED, REPLAY, SECOND_ORDER, SOMETIMES,
};
pub use protocol::Protocol;
pub use state::{OrderId, State};
