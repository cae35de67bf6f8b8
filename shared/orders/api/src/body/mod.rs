//! Request bodies.

mod details;
mod new_order;
mod order_change;

pub(crate) use new_order::pointer_of;
pub use new_order::{AcceptedForms, parse_new_order};
pub use order_change::parse_order_change;
