//! Request bodies.

mod new_order;
mod order_change;
mod personal;

pub use new_order::parse_new_order;
pub use order_change::parse_order_change;
