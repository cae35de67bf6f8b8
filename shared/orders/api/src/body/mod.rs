//! Request bodies.

mod details;
mod new_order;
mod order_change;

pub use new_order::parse_new_order;
pub use order_change::parse_order_change;
