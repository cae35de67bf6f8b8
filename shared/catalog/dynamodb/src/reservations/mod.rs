//! Reservations: what orders take from stock, and what becomes of it.

mod batch;
mod batches;
mod item;
mod open;
mod refused_stocks;
mod settlement_group;
mod settling;
mod taking;

pub use batches::Taken;
pub(crate) use item::lines_of;

/// Maximum number of items of a transaction.
const MAX_ITEMS: usize = 100;
