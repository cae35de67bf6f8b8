//! Stock that an order holds.

use crate::{Sku, Status};
use kernel::Timestamp;
use std::fmt;

/// Units of a product of the catalog, of all items of an order together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductUnits {
    /// Product.
    pub sku: Sku,
    /// Number of units: at most 100 items of 999 999 each.
    pub units: u32,
}

/// Stock of an order that is not settled yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockHold {
    /// The order holds its stock.
    Held {
        /// Time at which the order is cancelled unless it is paid by then; `None` for never, and for a paid one.
        payment_due_at: Option<Timestamp>,
    },
    /// The order has ended: its stock has to be given back if it was cancelled, and is sold otherwise.
    Ended,
}

/// Reason for which an order was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// A client has cancelled it.
    Requested,
    /// It was not paid in time, or nobody has reviewed it in time.
    Expired,
    /// Its payment failed.
    PaymentFailed,
    /// It could not be accepted.
    Rejected,
    /// A review has refused it.
    Fraud,
    /// Reason that only a later release knows.
    Unknown,
}

impl StockHold {
    /// Returns the stock after a change to a status.
    #[must_use]
    pub fn after(self, status: Status) -> Self {
        match (self, status) {
            (_, Status::Cancelled | Status::Fulfilled) => Self::Ended,
            (Self::Held { .. }, Status::Paid) => Self::Held { payment_due_at: None },
            (unchanged, _) => unchanged,
        }
    }
}

impl CancelReason {
    /// Reasons of this release.
    pub const ALL: [Self; 5] =
        [Self::Requested, Self::Expired, Self::PaymentFailed, Self::Rejected, Self::Fraud];

    /// Restores a stored reason, which a later release may have written.
    #[must_use]
    pub fn restore(text: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text).unwrap_or(Self::Unknown)
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Expired => "expired",
            Self::PaymentFailed => "payment_failed",
            Self::Rejected => "rejected",
            Self::Fraud => "fraud",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for CancelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paid_order_holds_its_stock_until_it_ends() {
        let held = |payment_due_at| StockHold::Held { payment_due_at };
        let due = held(Timestamp::from_unix_millis(1).ok());
        assert_eq!(due.after(Status::Created), due);
        assert_eq!(due.after(Status::Paid), held(None));
        assert_eq!(held(None).after(Status::Fulfilled), StockHold::Ended);
        assert_eq!(due.after(Status::Cancelled), StockHold::Ended);
    }

    #[test]
    fn reasons_read_back_and_those_of_a_later_release_are_unknown() {
        for reason in CancelReason::ALL {
            assert_eq!(CancelReason::restore(reason.as_str()), reason);
        }
        assert_eq!(CancelReason::restore("sanctions"), CancelReason::Unknown);
    }
}
