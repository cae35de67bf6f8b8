//! Use cases, one file each, generic over the ports.

mod change_order;
mod leased_numbers;
mod place_order;
mod record_payment_fact;
mod stock_settlement;
mod sweep;

pub use change_order::{
    Change, ChangeOrderError, ChangeRefused, Effect, OrderChange, PaymentChange, change_order,
};
pub use leased_numbers::LeasedNumbers;
pub use place_order::{PlaceOrder, PlaceOrderError, PlacedOrder, place_order};
pub use record_payment_fact::{FactRecorded, record_payment_fact};
pub use sweep::{RESERVATION_AGE, SETTLEMENT_GRACE, Sweep, SweepReport};
