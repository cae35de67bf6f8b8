//! Use cases, one file each, generic over the ports.

mod change_order;
mod leased_numbers;
mod place_order;
mod stock_settlement;
mod sweep;

pub use change_order::{Change, ChangeOrderError, ChangeRefused, Effect, OrderChange, change_order};
pub use leased_numbers::LeasedNumbers;
pub use place_order::{PlaceOrder, PlaceOrderError, PlacedOrder, place_order};
pub use sweep::{RESERVATION_AGE, SETTLEMENT_GRACE, Sweep, SweepReport};
