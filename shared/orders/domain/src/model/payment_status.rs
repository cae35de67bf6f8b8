//! Status of a payment.

use std::fmt;

/// Status of a payment. It is derived, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentStatus {
    /// Nothing was taken.
    Unpaid,
    /// The total is set aside.
    Authorized,
    /// The total was taken.
    Paid,
    /// A part has gone back.
    PartiallyRefunded,
    /// All has gone back.
    Refunded,
    /// More was taken than is owed, and has to go back.
    RefundDue,
    /// Too little was taken, or another currency.
    Mismatch,
    /// The buyer's bank disputes a payment, or has taken it back.
    Disputed,
}

impl PaymentStatus {
    /// All statuses.
    pub const ALL: [Self; 8] = [
        Self::Unpaid,
        Self::Authorized,
        Self::Paid,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::RefundDue,
        Self::Mismatch,
        Self::Disputed,
    ];

    /// Returns the name in upper case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "UNPAID",
            Self::Authorized => "AUTHORIZED",
            Self::Paid => "PAID",
            Self::PartiallyRefunded => "PARTIALLY_REFUNDED",
            Self::Refunded => "REFUNDED",
            Self::RefundDue => "REFUND_DUE",
            Self::Mismatch => "MISMATCH",
            Self::Disputed => "DISPUTED",
        }
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Error for a text that names no status of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be the status of a payment")]
pub struct InvalidPaymentStatus;

impl std::str::FromStr for PaymentStatus {
    type Err = InvalidPaymentStatus;

    fn from_str(text: &str) -> Result<Self, InvalidPaymentStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(InvalidPaymentStatus)
    }
}
