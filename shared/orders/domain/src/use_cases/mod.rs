//! Use cases, one file each, generic over the ports.

mod accept_order;
mod advance_payment;
mod change_order;
mod charge_order;
mod leased_numbers;
mod payment_change;
mod place_order;
mod process_orders;
mod record_payment_fact;
mod request_refund;
mod resend_accepted;
mod stock_settlement;
mod sweep;
mod sweep_due;
mod sweep_payments;

pub use accept_order::{AcceptOrder, AcceptedPlacement, accept_order};
pub use advance_payment::{AdvancedPayment, RESEND_AFTER, advance_payment};
pub use change_order::{Change, ChangeOrderError, ChangeRefused, Effect, OrderChange, change_order};
pub use charge_order::{ChargeOrder, ChargeOrderError, ChargeRefused, RequestedCharge, charge_order};
pub use leased_numbers::LeasedNumbers;
pub(crate) use payment_change::due_at;
pub use payment_change::{PaymentChange, Tasks};
pub use place_order::{PlaceOrder, PlaceOrderError, PlacedOrder, Placement, find_accepted, place_order};
pub use process_orders::{OrderDecision, ProcessOrders, ProcessReport, Processed};
pub use record_payment_fact::{FactRecorded, RecordPaymentFact, record_payment_fact};
pub use request_refund::{
    RESTOCK_PERIOD, RefundRefused, RequestRefund, RequestRefundError, RequestedRefund, request_refund,
};
pub use resend_accepted::{ResendAccepted, ResendReport};
pub use sweep::{RESERVATION_AGE, SETTLEMENT_GRACE, Sweep, SweepReport};
pub use sweep_due::expiry_of;
