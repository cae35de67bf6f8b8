//! Model of orders that are accepted first and processed later: buyers, their messages, processors, sweepers, the bus, and
//! crashes, in every interleaving.
//!
//! | action | code |
//! | --- | --- |
//! | [`AcceptanceAction::Claim`] | one conditional write of the claim, or the claim of an equal request; with the stock if synchronous |
//! | [`AcceptanceAction::Send`], [`AcceptanceAction::Insert`], [`AcceptanceAction::Respond`] | the message of an asynchronous order; the document of a synchronous one; the response |
//! | [`AcceptanceAction::Receive`], [`Delivery::ReadClaims`] | a batch of messages: those whose claim has an outcome are acknowledged |
//! | [`Delivery::Take`] | one transaction with the reservations of several orders, and their stock |
//! | [`AcceptanceAction::PriceChanged`], [`AcceptanceAction::Suspect`] | verdicts of a processor: any of them, at any delivery |
//! | [`Delivery::Insert`] | the insert that decides; with a duplicate key, a read of the document |
//! | [`Delivery::WriteStatus`] | the status for the buyer, if it is newer |
//! | [`Delivery::Decide`], [`Delivery::Acknowledge`] | the outcome in the claim, which gets an expiry; the acknowledgement |
//! | [`AcceptanceAction::MoveResend`], [`AcceptanceAction::Resend`] | the sweeper: one conditional update of `resend_at`; the message again |
//! | [`AcceptanceAction::Settle`], [`AcceptanceAction::NoteSettled`] | one transaction with the reservation and the stock; the note in the document |
//! | [`AcceptanceAction::Announce`] | the subscriber: the status of a later state, if it is newer |
//! | [`AcceptanceAction::Pay`], [`AcceptanceAction::Cancel`] | one conditional update, with its event |
//! | [`AcceptanceAction::Lose`], [`AcceptanceAction::Duplicate`] | a purge, or the dead-letter queue; a second delivery |
//!
//! A lost response equals a crash and a repetition. Other processes can take any number of turns between two steps.
//!
//! # Why few processes are enough
//!
//! - *Groups.* Only the transaction is shared. Afterwards each order of a group goes on by itself, and a crash of the processor
//!   equals one crash for each of them.
//! - *Duplicates.* A message that is delivered twice equals two messages. The acknowledgement of one leaves the other, which is
//!   more than a queue may do.
//! - *Dead letters.* A dead letter equals a message that is lost, and its redrive a duplicate.
//! - *Sweepers.* A conditional update after a read equals one step. Any number of sweepers may be about to send.
//! - *Settlements.* The effect and its condition are one transaction, so repetitions change nothing.
//!
//! # Deliberately absent
//!
//! - *Time.* A message is sent again whenever no other one is there; while one is, that counts as a fault.
//! - *Bytes of the 202.* They are stored with the order in the claim, and no order has two of them.
//! - *Quantities, lines, fulfilments, refunds*: [`crate::StockProtocol`] has them. *Money*: [`crate::PaymentProtocol`].
//! - *Orders under review.* They are orders that others cancel, or don't.
//! - *Deliveries that outlast a reservation of an order that has ended.* The table keeps it for months, a delivery lasts minutes.
//!   A claim may be open for as long as its messages are lost: [`AcceptanceMutant::ReservationExpiresOpen`] shows why the
//!   reservation has to stay.
//!
//! [`AcceptanceProtocol::faults`] bounds the number of faults. No run returns to an earlier state, so every run comes to rest.

mod buyer;
mod delivery;
mod examples;
mod mutant;
mod possible;
mod properties;
mod protocol;
mod queue;
mod state;
mod stores;

pub use delivery::{Delivery, Group, Progress, Verdict};
pub use examples::SOMETIMES as ACCEPTANCE_SOMETIMES;
pub use mutant::AcceptanceMutant;
pub use properties::{
    ALWAYS as ACCEPTANCE_ALWAYS, LIVE_HAVE_STOCK, MESSAGES_STAY, NEVER_REFUSED_IN_VAIN, NO_BACKLOG,
    ONE_ORDER_PER_KEY, OUTCOMES_AGREE, PROMISES_END, STATUS_IS_LATEST,
    STOCK_IS_SETTLED as ACCEPTED_STOCK_IS_SETTLED, UNITS_ARE_KEPT as ACCEPTED_UNITS_ARE_KEPT,
};
pub use protocol::{AcceptanceAction, AcceptanceProtocol};
pub use state::{AcceptanceState, Buyer, Known};
