//! Reasons for which orders are rejected.

use std::fmt;

/// Reason for which an order was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RejectReason {
    /// Fewer units could be sold than it needed.
    OutOfStock,
    /// A product had another price than the buyer expected.
    PriceChanged,
    /// Screening refused it.
    Fraud,
    /// It could not be ordered like this: a product was unknown or not for sale, or another order had its external id.
    Invalid,
    /// Reason that only a later release knows.
    Unknown,
}

impl RejectReason {
    /// Reasons of this release.
    pub const ALL: [Self; 4] = [Self::OutOfStock, Self::PriceChanged, Self::Fraud, Self::Invalid];

    /// Restores a stored reason, which a later release may have written.
    #[must_use]
    pub fn restore(text: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text).unwrap_or(Self::Unknown)
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutOfStock => "out_of_stock",
            Self::PriceChanged => "price_changed",
            Self::Fraud => "fraud",
            Self::Invalid => "invalid",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_read_back_and_those_of_a_later_release_are_unknown() {
        for reason in RejectReason::ALL {
            assert_eq!(RejectReason::restore(reason.as_str()), reason);
        }
        assert_eq!(RejectReason::restore("sanctions"), RejectReason::Unknown);
    }
}
