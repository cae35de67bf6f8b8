//! Use cases, one file each, generic over the ports.

mod change_status;
mod place_order;

pub use change_status::{Change, ChangeRefused, ChangeStatusError, StatusChange, change_status};
pub use place_order::{PlaceOrder, PlaceOrderError, PlacedOrder, place_order};
