//! Model of the stock that orders take: buyers, a sweeper, editors of orders, refunds, crashes and expiring keys, in every
//! interleaving.
//!
//! | action | code |
//! | --- | --- |
//! | [`StockAction::Take`] | `claim_with_stock`: one transaction with claim, reservation and stock; or the claim of an equal request |
//! | [`StockAction::Insert`], [`StockAction::Respond`], [`StockAction::Close`] | `place_order`, the response, the work after it |
//! | [`StockAction::SweepInsert`], [`StockAction::SweepClose`] | `Sweep::complete`: the order of the claim, then the reservation |
//! | [`StockAction::Pay`], [`StockAction::Cancel`], [`StockAction::Fulfil`] | one conditional update; an expiry is a cancellation |
//! | [`StockAction::Settle`], [`StockAction::NoteSettled`] | one transaction with the reservation and the stock; the note in the document |
//! | [`StockAction::RequestRestock`], [`StockAction::Restock`] | a refund that gives one unit back: its document, and its effect |
//! | [`StockAction::Crash`] | the function of a buyer crashes; the buyer repeats the request, or gives up |
//! | [`StockAction::KeyExpires`] | the claim ends, which the sweeper prevents while the reservation is open |
//!
//! A lost response equals a crash and a repetition: every step recognises its own effect. Every process can take any number
//! of turns between two steps. No run returns to an earlier state, so every run ends.

mod properties;
mod protocol;
mod state;

pub use properties::{
    ALWAYS as STOCK_ALWAYS, CLOSED_ARE_STORED, ENDS_SETTLED, HELD_BY_ORDERS, KEEPS_ALL_UNITS, NEVER_OVERSOLD,
    ORDERS_HAVE_STOCK, SOMETIMES as STOCK_SOMETIMES,
};
pub use protocol::{StockAction, StockMutant, StockProtocol};
pub use state::StockState;
