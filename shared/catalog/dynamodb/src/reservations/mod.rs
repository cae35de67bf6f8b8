//! Reservations: what orders take from stock, and what becomes of it.

mod item;
mod open;
mod settlement_group;
mod settling;
mod taking;

pub(crate) use item::lines_of;

/// Maximum number of items of a transaction.
const MAX_ITEMS: usize = 100;
