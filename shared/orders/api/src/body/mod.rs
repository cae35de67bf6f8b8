//! Request bodies.

mod new_order;
mod status_change;

pub use new_order::parse_new_order;
pub use status_change::{StatusRequest, parse_status_request};
