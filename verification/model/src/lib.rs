//! Model of the protocol behind "exactly once": a state machine, small enough for a model checker to visit
//! every state. Several clients, relays and a redrive run at once, with faults at every step. The tests in
//! `tests/` check the properties of the model; the tests of the code check that it follows the protocol.
//!
//! # Actions and the corresponding code
//!
//! | action | code |
//! | --- | --- |
//! | [`ClientStep::BuildOrder`] | the create-order handler builds an order with a fresh id and `created_at` |
//! | [`ClientStep::ClaimKey`] | `Claims::claim`, one conditional put |
//! | [`ClientStep::InsertOrder`] | `Orders::insert` of the claim's order |
//! | [`ClientStep::Respond`] | the 201 leaves; `PlacedOrder::unpublished` has the remaining work |
//! | [`ClientStep::Publish`], [`ClientStep::Acknowledge`] | `publish_pending`: publish, then remove the event from the outbox |
//! | [`RelayStep::Lease`] | lease of a due order, one atomic update; a relay leases several concurrently |
//! | [`RelayStep::Publish`] | `Publisher::publish` with `Delivery::Accepted` |
//! | [`RelayStep::BusRejects`] | `Delivery::Rejected`, after the last backoff of the relay |
//! | [`RelayStep::SendDeadLetter`] | send to the dead-letter queue |
//! | [`RelayStep::Acknowledge`] | the relay's acknowledgement, which has no effect once the lease was lost |
//! | [`RelayStep::CallFails`] | an error of any of these calls |
//! | [`RedriveStep::Requeue`], [`RedriveStep::DeleteDeadLetter`] | `redrive`: requeue, and where that was done, delete the dead letter |
//! | [`Action::ChangeOrder`] | `Orders::apply`: the change and its event in one update |
//! | [`Action::KeyExpires`] | the time passes a claim's `expires_at` |
//! | [`Action::LeaseExpires`] | the time passes a lease's `until` |
//!
//! Every call may lose its response ([`Response::Lost`]): the call has its effect, and the caller retries
//! it, as the SDK and the adapters do. A retried lease takes another order, and the first one is free again
//! when its lease expires. The redrive's calls are exceptions. A requeue is never retried, which equals a
//! crash after it, and a retried deletion has no further effect. A crash may happen between any two steps. A
//! client whose function crashed gives up, or retries the request with a new order
//! ([`ClientStep::CrashAndRetry`]).
//!
//! # Deliberately absent, and why it loses no event
//!
//! - *Time.* A key has epochs: an attempt that began in a later epoch can replace a claim, and no other
//!   attempt can. A lease expires at any moment, as a fault while its relay is running. An order is due as
//!   soon as it is stored, which is the worst case for a function that is about to publish.
//! - *Deletion of claims by the table.* The table may delete a claim only after it has expired and every
//!   attempt that began before has ended: [`Mutant::ClaimDeletedAtExpiry`] shows why.
//! - *Calls with the events of several orders.* The bus accepts or rejects each event by itself, so
//!   such a call equals one call per order. A fault of the call counts once for each of them.
//! - *Rounds of a relay.* A relay leases an order whenever it has capacity, and the steps for its orders
//!   come in any order. Any schedule of rounds, and of calls within a round, is one of these.
//! - *Retries of rejections, and outages.* An order that is rescheduled equals one whose relay crashed and
//!   whose lease has expired.
//! - *Clients that give up while their function continues.* A second client with an equal request is their
//!   retry.
//! - *Identities of dead letters.* The queue deletes by receipt, so a deletion affects no other dead
//!   letter of the same event. Dead letters are counted.
//! - *Third events.* An order is changed at most once, so it has at most two events.
//! - *Functions that publish a change.* They crash before they publish ([`Action::ChangeOrder`]), which
//!   leaves all events to the relay. `publish_pending` is the same as for the first event.
//! - *Names.* Clients with equal requests, and relays, are sorted after each step, so their indices may
//!   change from step to step. Keys and fingerprints are assigned to clients in every way up to
//!   renaming.
//!
//! # Stock
//!
//! [`StockProtocol`] is a model of its own: what orders take from the last units of a product, and what becomes of it.
//!
//! # Payments
//!
//! [`PaymentProtocol`] is another one: the money of one order, from webhooks to refunds, and its stock.
//!
//! # Acceptance
//!
//! [`AcceptanceProtocol`] is one more: orders that are accepted first and processed later, with their messages and statuses.
//!
//! # Bounds
//!
//! [`Faults`] bounds the number of faults, and so the number of states. No run returns to an earlier state,
//! so every run ends. [`ALL_DELIVERED`] holds at the end of each, after the last fault.

mod acceptance;
mod action;
mod client;
mod explore;
mod faults;
mod model;
mod mutant;
mod order;
mod payments;
mod process;
mod properties;
mod protocol;
mod redrive;
mod relay;
mod request;
mod services;
mod state;
mod stock;

pub use acceptance::{
    ACCEPTANCE_ALWAYS, ACCEPTANCE_SOMETIMES, ACCEPTED_STOCK_IS_SETTLED, ACCEPTED_UNITS_ARE_KEPT,
    AcceptanceAction, AcceptanceMutant, AcceptanceProtocol, AcceptanceState, Buyer, Delivery, Group, Known,
    LIVE_HAVE_STOCK, MESSAGES_STAY, NEVER_REFUSED_IN_VAIN, NO_BACKLOG, ONE_ORDER_PER_KEY, OUTCOMES_AGREE,
    PROMISES_END, Progress, STATUS_IS_LATEST, Verdict,
};
pub use action::{Action, ClientStep, RedriveStep, RelayStep, Response};
pub use explore::{Exploration, examples, explore, has_cycle, shortest_path_to};
pub use faults::Faults;
pub use mutant::Mutant;
pub use order::{OrderId, Version};
pub use payments::{
    ASKED_ONCE, CHARGED_IS_OWED, Fact, LEFT_WAS_REFUSED, NEVER_REFUNDED_TWICE, NOTHING_SET_ASIDE,
    PAID_HAVE_STOCK, PAID_IS_CAPTURED, PARTS_STAY, PAYMENT_ALWAYS, PAYMENT_SOMETIMES, PaymentAction,
    PaymentMutant, PaymentProtocol, PaymentState, REQUESTS_ARE_ANSWERED, STOCK_IS_SETTLED, UNITS_ARE_KEPT,
    Update,
};
pub use properties::{
    ALL_DELIVERED, ALWAYS, CHANGED, KEY_REUSED, NO_LOST_EVENT, ONE_ORDER, REDRIVEN, RELAYED, REPLAY,
    RESPONSES_AGREE, RESPONSES_ARE_STORED, RESPONSES_MATCH_REQUESTS, SECOND_ORDER, SIDE_BY_SIDE, SOMETIMES,
    VERSION_ORDER,
};
pub use protocol::Protocol;
pub use state::State;
pub use stock::{
    CLOSED_ARE_STORED, ENDS_SETTLED, HELD_BY_ORDERS, KEEPS_ALL_UNITS, NEVER_OVERSOLD, ORDERS_HAVE_STOCK,
    STOCK_ALWAYS, STOCK_SOMETIMES, StockAction, StockMutant, StockProtocol, StockState,
};
