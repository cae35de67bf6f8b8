//! Screening for fraud: verdict on an order from what its customer has ordered within an hour.

use super::screening_thresholds::{ScreeningLimits, ScreeningThresholds};
use kernel::Money;
use std::fmt;

/// Version of the rules in this module. It changes with every change of a verdict, so that verdicts stay comparable.
pub const SCREENING_RULES: &str = "counters-1";

/// Verdict on an order, with the version of the rules that gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Decision.
    pub decision: Decision,
    /// Version of the rules, such as [`SCREENING_RULES`]; another service has versions of its own.
    pub rules: &'static str,
}

/// Decision on an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The order is accepted.
    Allow,
    /// The order is held until somebody has reviewed it, for at least one reason.
    Review(Vec<ScreeningReason>),
    /// The order is rejected, for at least one reason.
    Reject(Vec<ScreeningReason>),
}

/// Reason for a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreeningReason {
    /// The customer has ordered for more than the limit of the currency within an hour.
    AmountPerHour,
    /// The customer has placed more orders than the limit within an hour.
    OrdersPerHour,
    /// Reason that only a later release knows.
    Unknown,
}

/// Orders of a customer within an hour, up to and including the order to be screened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScreeningCounters {
    /// Number of orders.
    pub orders: u32,
    /// Sum of those in the currency of the order.
    pub amount: Money,
}

impl ScreeningThresholds {
    /// Returns the verdict on an order whose customer has these counters.
    #[must_use]
    pub fn verdict(&self, counters: &ScreeningCounters) -> Verdict {
        let decision = match (exceeded(self.reject(), counters), exceeded(self.review(), counters)) {
            (reasons, _) if !reasons.is_empty() => Decision::Reject(reasons),
            (_, reasons) if !reasons.is_empty() => Decision::Review(reasons),
            _ => Decision::Allow,
        };
        Verdict { decision, rules: SCREENING_RULES }
    }
}

/// Returns a reason for each limit that the counters exceed.
fn exceeded(limits: &ScreeningLimits, counters: &ScreeningCounters) -> Vec<ScreeningReason> {
    let limit = limits.amount_in(counters.amount.currency());
    let is_amount_exceeded = limit.is_some_and(|it| counters.amount.minor_units() > it.minor_units());
    let is_count_exceeded = limits.orders_per_hour.is_some_and(|limit| counters.orders > limit.get());
    let amount = is_amount_exceeded.then_some(ScreeningReason::AmountPerHour);
    let count = is_count_exceeded.then_some(ScreeningReason::OrdersPerHour);
    amount.into_iter().chain(count).collect()
}

impl Verdict {
    /// Verdict on an order of which nothing is counted.
    pub const ALLOW: Self = Self { decision: Decision::Allow, rules: SCREENING_RULES };
}

impl ScreeningReason {
    /// Reasons of this release.
    pub const ALL: [Self; 2] = [Self::AmountPerHour, Self::OrdersPerHour];

    /// Restores a stored reason, which a later release may have written.
    #[must_use]
    pub fn restore(text: &str) -> Self {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text).unwrap_or(Self::Unknown)
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AmountPerHour => "amount_per_hour",
            Self::OrdersPerHour => "orders_per_hour",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for ScreeningReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Currency;
    use proptest::prelude::*;

    fn money(text: &str) -> Money {
        let (amount, currency) = text.split_once(' ').expect("an amount and a currency");
        Money::parse(amount, currency.parse().expect("a currency")).expect("money")
    }

    fn limits(orders: u32, amounts: &[&str]) -> ScreeningLimits {
        let amounts = amounts.iter().map(|text| money(text)).collect();
        ScreeningLimits { orders_per_hour: orders.try_into().ok(), amounts }
    }

    fn decision(thresholds: &ScreeningThresholds, orders: u32, amount: &str) -> Decision {
        thresholds.verdict(&ScreeningCounters { orders, amount: money(amount) }).decision
    }

    #[test]
    fn a_limit_is_the_last_value_that_passes() {
        use ScreeningReason::{AmountPerHour, OrdersPerHour};
        let (review, reject) = (limits(2, &["100.00 EUR"]), limits(4, &["200.00 EUR"]));
        let thresholds = ScreeningThresholds::new(review, reject).expect("thresholds");
        for (orders, amount, expected) in [
            (2, "100.00 EUR", Decision::Allow),
            (3, "100.00 EUR", Decision::Review(vec![OrdersPerHour])),
            (1, "100.01 EUR", Decision::Review(vec![AmountPerHour])),
            (4, "200.00 EUR", Decision::Review(vec![AmountPerHour, OrdersPerHour])),
            (5, "200.00 EUR", Decision::Reject(vec![OrdersPerHour])),
            (3, "200.01 EUR", Decision::Reject(vec![AmountPerHour])),
            (5, "200.01 EUR", Decision::Reject(vec![AmountPerHour, OrdersPerHour])),
            (2, "900.00 USD", Decision::Allow),
        ] {
            assert_eq!(decision(&thresholds, orders, amount), expected, "{orders} {amount}");
        }
    }

    #[test]
    fn a_verdict_names_its_rules_and_without_limits_it_allows() {
        let counters = ScreeningCounters { orders: u32::MAX, amount: money("9999999999 EUR") };
        let verdict = ScreeningThresholds::default().verdict(&counters);
        assert_eq!(verdict, Verdict::ALLOW);
        assert_eq!(verdict.rules, "counters-1");
    }

    #[test]
    fn reasons_read_back_and_those_of_a_later_release_are_unknown() {
        for reason in ScreeningReason::ALL {
            assert_eq!(ScreeningReason::restore(reason.as_str()), reason);
        }
        assert_eq!(ScreeningReason::restore("stolen_card"), ScreeningReason::Unknown);
    }

    fn strictness(verdict: &Verdict) -> u8 {
        match verdict.decision {
            Decision::Allow => 0,
            Decision::Review(_) => 1,
            Decision::Reject(_) => 2,
        }
    }

    proptest! {
        #[test]
        fn more_orders_and_higher_amounts_never_give_a_milder_verdict(
            (review, reject) in (1_u32..20, 1_u32..20),
            (review_amount, reject_amount) in (1_u64..2_000, 1_u64..2_000),
            (orders, more) in (0_u32..60, 0_u32..60),
            (amount, higher) in (0_u64..5_000, 0_u64..5_000),
        ) {
            let currency: Currency = "EUR".parse().expect("a currency");
            let limits = |orders: u32, amount| ScreeningLimits {
                orders_per_hour: orders.try_into().ok(),
                amounts: vec![Money::of_minor_units(amount, currency)],
            };
            let review = limits(review, review_amount);
            let reject = limits(20 + reject, 2_000 + reject_amount);
            let thresholds = ScreeningThresholds::new(review, reject).expect("thresholds");
            let verdict = |orders, amount| thresholds.verdict(&ScreeningCounters {
                orders,
                amount: Money::of_minor_units(amount, currency),
            });
            let (before, after) = (verdict(orders, amount), verdict(orders + more, amount + higher));
            prop_assert!(strictness(&before) <= strictness(&after), "{before:?} {after:?}");
        }
    }
}
