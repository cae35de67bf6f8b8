//! Orders of a customer that count towards the limits of the screening.

use crate::{Decision, Order, OrderId, ScreeningCounters, ScreeningThresholds, Verdict};
use kernel::{Currency, Money};
use std::time::Duration;

/// Period of the limits.
const PERIOD: Duration = Duration::from_hours(1);

/// Order that counts towards the limits of its customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedOrder {
    /// Identity, which has the time of the creation.
    pub id: OrderId,
    /// Total.
    pub amount: Money,
}

/// Hour of the clock in which orders were created, counted from the Unix epoch. It never depends on the time of the
/// screening, so that an order that is screened again is found where it was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScreeningHour(pub i64);

/// Orders of one customer that were counted before others are screened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountedOrders {
    /// Those of the same hour of the clock, in the sequence in which they were counted.
    pub same_hour: Vec<CountedOrder>,
    /// Those of the hour before.
    pub hour_before: Vec<CountedOrder>,
}

/// Result of a screening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screened {
    /// Verdict on each order, in sequence.
    pub verdicts: Vec<Verdict>,
    /// Orders to be counted behind those of the same hour, before the verdicts are used.
    pub added: Vec<CountedOrder>,
}

impl CountedOrder {
    fn of(order: &Order) -> Self {
        let (total, currency) = (order.total(), order.currency());
        // A total of more minor units than fit is above every limit. No order has a negative one.
        let amount = Money::of_amount(total, currency);
        let amount = amount.unwrap_or_else(|| Money::of_minor_units(u64::MAX, currency));
        Self { id: order.id(), amount }
    }
}

impl ScreeningHour {
    /// Returns the hour in which an order was created.
    #[must_use]
    pub fn of(order: &Order) -> Self {
        Self(order.id().made_at().unix_seconds().div_euclid(3600))
    }

    /// Returns the hour before.
    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Returns the end of the hour in seconds since the Unix epoch.
    #[must_use]
    pub fn end_s(self) -> i64 {
        self.0.saturating_add(1).saturating_mul(3600)
    }
}

impl CountedOrders {
    /// Screens orders of the customer from one hour of the clock.
    ///
    /// An order counts with all that were counted before it in its hour, and with those of the hour before that are less than an
    /// hour older. One that was counted already keeps its place and its verdict. One that is rejected is not counted: it
    /// doesn't extend the time for which the customer is rejected, and the list stays short.
    #[must_use]
    pub fn screen(&self, thresholds: &ScreeningThresholds, orders: &[&Order]) -> Screened {
        let mut counted = self.same_hour.clone();
        let mut verdicts = Vec::with_capacity(orders.len());
        for order in orders {
            let own = CountedOrder::of(order);
            let place = counted.iter().position(|it| it.id == own.id);
            let before = &counted[..place.unwrap_or(counted.len())];
            let verdict = thresholds.verdict(&self.counters(own, before));
            let is_full = counted.len() >= ScreeningThresholds::MAX_ORDERS as usize;
            let is_rejected = matches!(verdict.decision, Decision::Reject(_));
            if place.is_none() && !is_full && !is_rejected {
                counted.push(own);
            }
            verdicts.push(verdict);
        }
        Screened { verdicts, added: counted.split_off(self.same_hour.len()) }
    }

    /// Returns the counters of an order, with the orders of its hour that were counted before it.
    fn counters(&self, own: CountedOrder, before: &[CountedOrder]) -> ScreeningCounters {
        let since = own.id.made_at().before(PERIOD);
        let recent = self.hour_before.iter().filter(|it| it.id.made_at() > since);
        let currency = own.amount.currency();
        let (mut orders, mut units) = (1_u32, own.amount.minor_units());
        for other in before.iter().chain(recent) {
            orders = orders.saturating_add(1);
            units = units.saturating_add(units_in(currency, other.amount));
        }
        ScreeningCounters { orders, amount: Money::of_minor_units(units, currency) }
    }
}

/// Returns the minor units of money in a currency; none for another one.
fn units_in(currency: Currency, amount: Money) -> u64 {
    if amount.currency() == currency { amount.minor_units() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LineItem, NewOrder, Quantity, ScreeningLimits};
    use kernel::{Tenant, Timestamp};
    use proptest::prelude::*;

    const HOUR_S: i64 = 3600;

    /// Returns an order for some units at 1.00 EUR each, `seconds` after the begin of an hour.
    fn order(seconds: i64, units: u64, seed: u8) -> Order {
        order_of(seconds, units, seed, "1.00", "EUR")
    }

    fn order_of(seconds: i64, units: u64, seed: u8, price: &str, currency: &str) -> Order {
        let item = LineItem {
            sku: "A1".parse().expect("a sku"),
            quantity: Quantity::try_from(units).expect("a quantity"),
            price: price.parse().expect("a price"),
            product: None,
        };
        let (customer, currency) =
            ("c-1".parse().expect("a customer"), currency.parse().expect("a currency"));
        let request = NewOrder::new(customer, currency, vec![item]).expect("a request");
        let at = Timestamp::from_unix_millis((491_000 * HOUR_S + seconds) * 1000).expect("a time");
        Order::place(request, Tenant::default(), OrderId::v7(at, [seed; 10]), at)
    }

    /// Returns thresholds: a review beyond two orders or 10.00 EUR, a rejection beyond four or 20.00 EUR.
    fn thresholds() -> ScreeningThresholds {
        let limits = |orders: u32, units| ScreeningLimits {
            orders_per_hour: orders.try_into().ok(),
            amounts: vec![Money::of_minor_units(units, "EUR".parse().expect("a currency"))],
        };
        ScreeningThresholds::new(limits(2, 1_000), limits(4, 2_000)).expect("thresholds")
    }

    fn names(screened: &Screened) -> Vec<&'static str> {
        let name = |verdict: &Verdict| match verdict.decision {
            Decision::Allow => "allow",
            Decision::Review(_) => "review",
            Decision::Reject(_) => "reject",
        };
        screened.verdicts.iter().map(name).collect()
    }

    fn screen(counted: &CountedOrders, orders: &[&Order]) -> Screened {
        counted.screen(&thresholds(), orders)
    }

    #[test]
    fn orders_of_a_batch_count_one_after_the_other_and_a_rejected_one_does_not_count() {
        let orders: Vec<_> = (1..=6).map(|seed| order(10, 1, seed)).collect();
        let batch: Vec<_> = orders.iter().collect();
        let screened = screen(&CountedOrders::default(), &batch);
        assert_eq!(names(&screened), ["allow", "allow", "review", "review", "reject", "reject"]);
        let added: Vec<_> = screened.added.iter().map(|it| it.id).collect();
        assert_eq!(added, orders[..4].iter().map(Order::id).collect::<Vec<_>>());
    }

    #[test]
    fn amounts_of_a_currency_add_up() {
        let (first, second, third) = (order(10, 6, 1), order(11, 5, 2), order(12, 10, 3));
        let screened = screen(&CountedOrders::default(), &[&first, &second, &third]);
        assert_eq!(names(&screened), ["allow", "review", "reject"]);
        let (in_yen, huge) = (order_of(1, 999, 4, "1", "JPY"), order_of(2, 999_999, 5, "9999999999", "EUR"));
        let screened = screen(&CountedOrders::default(), &[&in_yen, &huge, &first]);
        assert_eq!(names(&screened), ["allow", "reject", "allow"], "{screened:?}");
    }

    #[test]
    fn a_total_of_more_minor_units_than_fit_is_above_every_limit() {
        let items = (0..100).map(|_| LineItem {
            sku: "A1".parse().expect("a sku"),
            quantity: Quantity::try_from(999_999).expect("a quantity"),
            price: "9999999999".parse().expect("a price"),
            product: None,
        });
        let customer = "c-1".parse().expect("a customer");
        let request = NewOrder::new(customer, "EUR".parse().expect("a currency"), items.collect());
        let small = order(0, 1, 1);
        let order =
            Order::place(request.expect("a request"), Tenant::default(), small.id(), small.created_at());
        assert_eq!(names(&screen(&CountedOrders::default(), &[&order])), ["reject"]);
    }

    #[test]
    fn orders_of_the_hour_before_count_while_they_are_less_than_an_hour_older() {
        let (old, recent) = (order(-1_800, 1, 1), order(-1_799, 1, 2));
        let added = screen(&CountedOrders::default(), &[&old, &recent]).added;
        let counted = CountedOrders { same_hour: Vec::new(), hour_before: added };
        let (first, second) = (order(1_800, 1, 3), order(1_801, 1, 4));
        assert_eq!(names(&screen(&counted, &[&first, &second])), ["allow", "allow"]);
        let earlier = order(1_799, 1, 5);
        assert_eq!(names(&screen(&counted, &[&earlier])), ["review"]);
    }

    #[test]
    fn the_hour_is_that_of_the_creation() {
        let hours = [-1, 0, 3_599, 3_600].map(|seconds| ScreeningHour::of(&order(seconds, 1, 1)).0 - 491_000);
        assert_eq!(hours, [-1, 0, 0, 1]);
        assert_eq!(ScreeningHour(491_000).end_s(), 491_001 * HOUR_S);
        assert_eq!(ScreeningHour(491_000).before(), ScreeningHour(490_999));
    }

    #[test]
    fn a_full_list_judges_and_grows_no_more() {
        let id = |index: u32| {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&index.to_be_bytes());
            OrderId::from_bytes(bytes)
        };
        let amount = Money::of_minor_units(1, "JPY".parse().expect("a currency"));
        let same_hour =
            (0..ScreeningThresholds::MAX_ORDERS).map(|index| CountedOrder { id: id(index), amount });
        let counted = CountedOrders { same_hour: same_hour.collect(), hour_before: Vec::new() };
        let review = ScreeningLimits {
            orders_per_hour: ScreeningThresholds::MAX_ORDERS.try_into().ok(),
            amounts: Vec::new(),
        };
        let thresholds = ScreeningThresholds::new(review, ScreeningLimits::default()).expect("thresholds");
        let order = order(0, 1, 1);
        let screened = counted.screen(&thresholds, &[&order]);
        assert_eq!((names(&screened), screened.added), (vec!["review"], Vec::new()));
    }

    proptest! {
        #[test]
        fn screening_again_gives_no_other_decision_and_counts_nothing_twice(
            first in prop::collection::vec((0_i64..3_600, 1_u64..8), 0..12),
            second in prop::collection::vec((0_i64..3_600, 1_u64..8), 0..12),
        ) {
            let orders = |of: &[(i64, u64)], seeds: std::ops::Range<u8>| {
                let with_seeds = of.iter().zip(seeds);
                with_seeds.map(|((seconds, units), seed)| order(*seconds, *units, seed)).collect::<Vec<_>>()
            };
            let (first, second) = (orders(&first, 0..50), orders(&second, 50..100));
            let (first, second): (Vec<_>, Vec<_>) = (first.iter().collect(), second.iter().collect());
            let mut counted = CountedOrders::default();
            let once = screen(&counted, &first);
            counted.same_hour.extend(once.added.clone());
            // Another batch in between changes nothing about what was decided.
            counted.same_hour.extend(screen(&counted, &second).added);
            let again = screen(&counted, &[&first[..], &first[..]].concat());
            prop_assert_eq!(names(&again), [names(&once), names(&once)].concat());
            prop_assert_eq!(again.added, Vec::new());
            let mut ids: Vec<_> = counted.same_hour.iter().map(|it| it.id).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), counted.same_hour.len());
            prop_assert!(counted.same_hour.len() <= 4);
        }
    }
}
