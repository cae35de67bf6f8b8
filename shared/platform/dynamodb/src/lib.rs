//! DynamoDB: items, errors of ports, and transactions whose conflicts are retried.
//!
//! Deliberately absent: tables, keys and conditions, which belong to the adapters of a context.

mod conditional;
mod error;
mod item;
mod transaction;

pub use conditional::is_updated;
pub use error::{unavailable, unreadable};
pub use item::{Item, boolean, flag, integer, number, optional_text, string, text};
pub use transaction::{Reason, Transacted, transact};
