//! Request bodies.

mod charge;
mod details;
mod new_order;
mod order_change;
mod refund;
mod review;

pub use charge::{PROVIDERS, parse_charge};
pub(crate) use new_order::pointer_of;
pub use new_order::{AcceptedForms, ParsedOrder, parse_new_order};
pub use order_change::parse_order_change;
pub(crate) use refund::MAX_REFUNDED_ITEMS;
pub use refund::{NewRefund, parse_refund};
pub use review::parse_review;
