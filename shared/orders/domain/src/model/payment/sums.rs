//! Money of an order, of all its payments together.

use super::Owed;
use super::one_payment::OnePayment;
use crate::{PaymentStatus, Status};

/// Money of an order, in minor units of its currency.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Taken.
    pub(super) captured: u64,
    /// Gone back by refunds, of what was taken.
    pub(super) refunded: u64,
    /// Taken, and neither gone back nor lost in a dispute.
    pub(super) kept: u64,
    /// Gone back because the shop has asked for it: so much less is owed.
    pub(super) granted: u64,
    /// In dispute, of what is kept.
    pub(super) in_dispute: u64,
    /// Highest amount that is set aside, and neither taken nor free again.
    pub(super) authorized: Option<u64>,
    /// `true` when money was taken, even if it is nothing: an order can be free.
    pub(super) has_capture: bool,
    /// `true` when a payment is disputed, or was lost.
    pub(super) is_disputed: bool,
    /// `true` when money of another currency is kept or set aside.
    pub(super) has_foreign: bool,
}

/// Adds up the money of payments.
pub(super) fn sums_of<'a>(payments: impl Iterator<Item = &'a OnePayment>, order: &Owed) -> Sums {
    let mut sums = Sums::default();
    for payment in payments {
        payment.add_to(&mut sums, order.total.currency());
    }
    sums
}

impl Sums {
    /// Returns `true` when the total is there.
    pub(super) fn has_total(&self, order: &Owed) -> bool {
        let total = order.total.minor_units();
        let is_free = total == 0 && self.has_capture && !order.status.is_void();
        self.kept >= total && (self.kept > 0 || is_free)
    }

    /// Returns the status of the payment.
    pub(super) fn status(&self, order: &Owed) -> PaymentStatus {
        let is_cancelled = order.status.is_void();
        let total = order.total.minor_units();
        let is_whole = self.has_total(order);
        let owed = if is_cancelled { 0 } else { total.saturating_sub(self.granted) };
        let must_go_back = self.kept.saturating_sub(self.in_dispute) > owed;
        if must_go_back || (self.has_foreign && (is_cancelled || is_whole)) {
            PaymentStatus::RefundDue
        } else if self.is_disputed {
            PaymentStatus::Disputed
        } else if self.has_foreign {
            PaymentStatus::Mismatch
        } else if is_whole {
            PaymentStatus::Paid
        } else if self.captured == 0 {
            match self.authorized {
                // An authorization that has made the order `PAID` has ended.
                None if matches!(order.status, Status::Paid | Status::Fulfilled) => PaymentStatus::Mismatch,
                None => PaymentStatus::Unpaid,
                Some(units) if units >= total => PaymentStatus::Authorized,
                Some(_) => PaymentStatus::Mismatch,
            }
        } else if self.kept == 0 {
            PaymentStatus::Refunded
        } else if self.captured < total {
            PaymentStatus::Mismatch
        } else {
            PaymentStatus::PartiallyRefunded
        }
    }
}
