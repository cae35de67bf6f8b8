//! Model of the payments of one order: its stock, its document, a provider with one or two payments, webhooks, refunds, and
//! crashes, in every interleaving.
//!
//! | action | code |
//! | --- | --- |
//! | [`PaymentAction::Reserve`] | `claim_with_stock`: one transaction with claim, reservation and stock |
//! | [`PaymentAction::Insert`] | `place_order`, or the sweeper for a function that has crashed |
//! | [`Update::Record`] | `record_payment_fact`: a webhook's fact, by a read and a conditional update; without the order, 503 |
//! | [`Update::Cancel`], [`Update::Fulfil`] | one conditional update; an expiry is a cancellation |
//! | [`Update::RefundByShop`] | a refund that the shop requests, checked after a read and divided among the payments |
//! | [`Update::Plan`] | the planner: requests for what has to go back, in orders with `refund_due` |
//! | [`PaymentAction::Send`], [`Update::Answer`] | the sender: a request with its id as idempotency key; its answer |
//! | [`PaymentAction::Settle`], [`PaymentAction::NoteSettled`] | one transaction with the reservation and the stock; the note in the document |
//! | [`PaymentAction::Read`], [`PaymentAction::Write`], [`PaymentAction::Crash`] | any of these updates, with others between its read and its write |
//! | [`PaymentAction::Capture`] and the other actions of the provider | the provider, or what its buyer does |
//!
//! A webhook stays in the network until it is acknowledged, in no sequence, and may come again at any time. A webhook of a
//! refund does not tell its request. The provider checks no sum of refunds.
//!
//! # What an order owes
//!
//! A cancelled order owes nothing. Any other one owes its total, less what refunds of the shop have given back since it was
//! paid. The planner also takes off what the shop has asked for, unless that has failed. So a second payment never undoes a
//! refund, and the shop can refund no more than the planner leaves.
//!
//! - An order that waits for its money owes its total: what the shop gives back of a part payment has to be paid again.
//! - Money that the provider is asked to give back pays nothing, so that no order becomes `PAID` by it.
//! - Refunds of the shop after a planned refund was refused take its place first. Only what is beyond it lowers what is owed.
//!
//! The amount that planned refunds of a payment have failed to give back is left to people, no matter if the provider has refused
//! it at once or later. The planner asks for the rest that is due of that payment.
//!
//! Known limit: that is so even after refunds of the shop have taken the place of the failed one. If more of that payment is due
//! then, or the order is cancelled, as much is left to people again. It is never more than what was refused. A test has a trace.
//!
//! # Why few processes are enough
//!
//! - *Versions.* Updates are conditional, and a document never becomes again what it was. So an update whose document has
//!   changed since its read has no effect, and any other one equals a step without an interruption. One process at a time is
//!   between its read and its write, and all others act in between.
//! - *Crashes between a write and the next call.* The next step is offered to whoever finds it undone: the sweeper, the
//!   provider that sends a webhook again, the sender that sends a request again. A lost response equals such a crash.
//! - *Repetitions.* A request that is sent again, and an answer that comes again, have no effect, and so make no state.
//!
//! # Deliberately absent
//!
//! - *Other buyers, lines, restocks and expiring claims*: [`crate::StockProtocol`] has them.
//! - *Disputes, currencies, payments by other means.*
//! - *Two payments with refunds of the shop and refusals together*: too many states. Each pair of them is explored.
//! - *Refunds that people make at the provider*, beside the requests of the document: nothing but the provider limits them.
//! - *Expiry of idempotency keys.* A request is not sent again after its provider forgets the key:
//!   [`PaymentMutant::SendWithoutKey`] shows why.
//!
//! A run ends unless processes crash again and again after their reads.

mod account;
mod change;
mod document;
mod facts;
mod mutant;
mod possible;
mod properties;
mod protocol;
mod provider;
mod state;

pub use facts::Fact;
pub use mutant::PaymentMutant;
pub use properties::{
    ALWAYS as PAYMENT_ALWAYS, ASKED_ONCE, CHARGED_IS_OWED, LEFT_WAS_REFUSED, NEVER_REFUNDED_TWICE,
    NOTHING_SET_ASIDE, PAID_HAVE_STOCK, PAID_IS_CAPTURED, PARTS_STAY, REQUESTS_ARE_ANSWERED,
    SOMETIMES as PAYMENT_SOMETIMES, STOCK_IS_SETTLED, UNITS_ARE_KEPT,
};
pub use protocol::{PaymentAction, PaymentProtocol, Update};
pub use state::PaymentState;
