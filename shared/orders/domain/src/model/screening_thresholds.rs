//! Limits of the screening for fraud.

use kernel::{Currency, Money};
use std::num::NonZeroU32;

/// Limits of one kind of decision: the last values that pass. What is absent has no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScreeningLimits {
    /// Number of orders of a customer within an hour.
    pub orders_per_hour: Option<NonZeroU32>,
    /// Sum of the orders of a customer within an hour, for each currency with a limit.
    pub amounts: Vec<Money>,
}

/// Limits from which on orders are reviewed, and higher ones from which on they are rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScreeningThresholds {
    review: ScreeningLimits,
    reject: ScreeningLimits,
}

/// Error for limits that don't fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidThresholds {
    /// More orders than are counted.
    #[error("must allow at most {} orders an hour, allows {orders}", ScreeningThresholds::MAX_ORDERS)]
    TooManyOrders {
        /// Limit.
        orders: u32,
    },
    /// An amount is zero: every order would exceed it.
    #[error("must be above zero, is {amount}")]
    ZeroAmount {
        /// Limit.
        amount: Money,
    },
    /// A currency has two limits of one kind.
    #[error("must have one amount for {currency}, has more")]
    CurrencyTwice {
        /// Currency.
        currency: Currency,
    },
    /// Orders are rejected before they would be reviewed.
    #[error(
        "must be below the number of orders an hour from which on orders are rejected ({reject}), is {review}"
    )]
    OrdersNotBelow {
        /// Limit for a review.
        review: u32,
        /// Limit for a rejection.
        reject: u32,
    },
    /// Amounts are rejected before they would be reviewed.
    #[error("must be below the amount from which on orders are rejected ({reject}), is {review}")]
    AmountNotBelow {
        /// Limit for a review.
        review: Money,
        /// Limit for a rejection.
        reject: Money,
    },
}

impl ScreeningLimits {
    /// Returns the limit of the amounts in a currency.
    #[must_use]
    pub fn amount_in(&self, currency: Currency) -> Option<Money> {
        self.amounts.iter().find(|amount| amount.currency() == currency).copied()
    }

    /// Returns `true` without any limit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.orders_per_hour.is_none() && self.amounts.is_empty()
    }

    /// Checks the limits by themselves.
    ///
    /// # Errors
    ///
    /// [`InvalidThresholds::TooManyOrders`], [`InvalidThresholds::ZeroAmount`] and [`InvalidThresholds::CurrencyTwice`].
    pub fn validate(&self) -> Result<(), InvalidThresholds> {
        if let Some(orders) = self.orders_per_hour.filter(|it| it.get() > ScreeningThresholds::MAX_ORDERS) {
            return Err(InvalidThresholds::TooManyOrders { orders: orders.get() });
        }
        for (index, amount) in self.amounts.iter().enumerate() {
            if amount.minor_units() == 0 {
                return Err(InvalidThresholds::ZeroAmount { amount: *amount });
            }
            let currency = amount.currency();
            if self.amounts[..index].iter().any(|earlier| earlier.currency() == currency) {
                return Err(InvalidThresholds::CurrencyTwice { currency });
            }
        }
        Ok(())
    }
}

impl ScreeningThresholds {
    /// Maximum number of orders of a customer that are counted within an hour of the clock, and therefore of each limit. An
    /// order beyond is judged with those that were counted, and not added to them.
    pub const MAX_ORDERS: u32 = 500;

    /// Creates thresholds.
    ///
    /// # Errors
    ///
    /// [`InvalidThresholds`]: each limit for a review must be below that for a rejection.
    pub fn new(review: ScreeningLimits, reject: ScreeningLimits) -> Result<Self, InvalidThresholds> {
        review.validate()?;
        reject.validate()?;
        if let (Some(review), Some(reject)) = (review.orders_per_hour, reject.orders_per_hour)
            && review >= reject
        {
            return Err(InvalidThresholds::OrdersNotBelow { review: review.get(), reject: reject.get() });
        }
        for review in &review.amounts {
            if let Some(reject) = reject.amount_in(review.currency())
                && review.minor_units() >= reject.minor_units()
            {
                return Err(InvalidThresholds::AmountNotBelow { review: *review, reject });
            }
        }
        Ok(Self { review, reject })
    }

    /// Returns the limits from which on orders are reviewed.
    #[must_use]
    pub fn review(&self) -> &ScreeningLimits {
        &self.review
    }

    /// Returns the limits from which on orders are rejected.
    #[must_use]
    pub fn reject(&self) -> &ScreeningLimits {
        &self.reject
    }

    /// Returns `true` without any limit: every order is allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.review.is_empty() && self.reject.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(orders: u32, amounts: &[(u64, &str)]) -> ScreeningLimits {
        let money =
            |(units, code): &(u64, &str)| Money::of_minor_units(*units, code.parse().expect("a currency"));
        ScreeningLimits {
            orders_per_hour: orders.try_into().ok(),
            amounts: amounts.iter().map(money).collect(),
        }
    }

    #[test]
    fn a_review_comes_before_a_rejection() {
        let none = ScreeningLimits::default;
        let message = |review, reject| ScreeningThresholds::new(review, reject).map_err(|it| it.to_string());
        assert!(message(limits(499, &[(1, "EUR"), (9, "USD")]), limits(500, &[(2, "EUR")])).is_ok());
        for (review, reject, expected) in [
            (limits(501, &[]), none(), "must allow at most 500 orders an hour, allows 501"),
            (none(), limits(501, &[]), "must allow at most 500 orders an hour, allows 501"),
            (none(), limits(0, &[(0, "EUR")]), "must be above zero, is 0.00 EUR"),
            (limits(0, &[(1, "EUR"), (2, "EUR")]), none(), "must have one amount for EUR, has more"),
            (
                limits(3, &[]),
                limits(3, &[]),
                "must be below the number of orders an hour from which on orders are rejected (3), is 3",
            ),
            (
                limits(0, &[(1, "USD"), (200, "EUR")]),
                limits(0, &[(199, "EUR")]),
                "must be below the amount from which on orders are rejected (1.99 EUR), is 2.00 EUR",
            ),
        ] {
            assert_eq!(message(review, reject), Err(expected.to_owned()));
        }
    }

    #[test]
    fn thresholds_without_limits_are_empty() {
        let thresholds = |review, reject| ScreeningThresholds::new(review, reject).expect("thresholds");
        assert!(thresholds(limits(0, &[]), limits(0, &[])).is_empty());
        assert!(!thresholds(limits(1, &[]), limits(0, &[])).is_empty());
        assert!(!thresholds(limits(0, &[]), limits(0, &[(1, "EUR")])).is_empty());
    }
}
