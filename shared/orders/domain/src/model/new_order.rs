//! Requests for an order.

use crate::{CustomerId, LineItem};
use kernel::{Amount, Currency, TooManyDecimals};

/// Valid request for an order: 1 to 100 items, prices with the currency's decimals, and a
/// total that can be represented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    customer_id: CustomerId,
    currency: Currency,
    items: Vec<LineItem>,
    total: Amount,
}

/// Validation error of a request with valid parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNewOrder {
    /// The request has no items, or too many.
    #[error("must have 1 to {} items, has {actual}", NewOrder::MAX_ITEMS)]
    ItemCount {
        /// Number of items found.
        actual: usize,
    },
    /// The price of an item has more decimals than the currency.
    #[error("{reason}")]
    Price {
        /// Index of the item, counted from 0.
        index: usize,
        /// Reason to refuse the price.
        reason: TooManyDecimals,
    },
    /// The total can't be represented.
    #[error("the total of the items is too large")]
    TotalTooLarge,
}

impl NewOrder {
    /// Maximum number of items.
    pub const MAX_ITEMS: usize = 100;

    /// Creates a request and computes its total.
    ///
    /// # Errors
    ///
    /// All validation errors, at least one.
    pub fn new(
        customer_id: CustomerId,
        currency: Currency,
        items: Vec<LineItem>,
    ) -> Result<Self, Vec<InvalidNewOrder>> {
        let mut errors = Vec::new();
        if !(1..=Self::MAX_ITEMS).contains(&items.len()) {
            errors.push(InvalidNewOrder::ItemCount { actual: items.len() });
        }
        let mut priced = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            match item.price.in_currency(currency) {
                Ok(price) => priced.push(LineItem { price, ..item }),
                Err(reason) => errors.push(InvalidNewOrder::Price { index, reason }),
            }
        }
        let lines = priced.iter().map(|item| item.price.times(item.quantity.get()));
        let total = Amount::sum(lines, currency);
        match total {
            Some(total) if errors.is_empty() => Ok(Self { customer_id, currency, items: priced, total }),
            Some(_) => Err(errors),
            None => {
                errors.push(InvalidNewOrder::TotalTooLarge);
                Err(errors)
            }
        }
    }

    /// Returns the customer.
    #[must_use]
    pub fn customer_id(&self) -> &CustomerId {
        &self.customer_id
    }

    /// Returns the currency of every price and of the total.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Returns the lines in the given order.
    #[must_use]
    pub fn items(&self) -> &[LineItem] {
        &self.items
    }

    /// Returns the sum of price × quantity over all items.
    #[must_use]
    pub fn total(&self) -> Amount {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Quantity;
    use proptest::prelude::*;

    fn item(price: &str, quantity: u64) -> LineItem {
        LineItem {
            sku: "A1".parse().expect("a sku"),
            quantity: Quantity::try_from(quantity).expect("a quantity"),
            price: price.parse().expect("a price"),
        }
    }

    fn order(currency: &str, items: Vec<LineItem>) -> Result<NewOrder, Vec<InvalidNewOrder>> {
        NewOrder::new("c-1".parse().expect("a customer"), currency.parse().expect("a currency"), items)
    }

    #[test]
    fn the_total_is_exact_and_has_the_decimals_of_the_currency() {
        let total = |currency, items| order(currency, items).expect("an order").total().to_string();
        assert_eq!(total("USD", vec![item("9.99", 2), item("0.1", 3)]), "20.28");
        assert_eq!(total("JPY", vec![item("100", 7)]), "700");
        assert_eq!(total("BHD", vec![item("0", 1)]), "0.000");
    }

    #[test]
    fn the_largest_possible_order_has_a_total() {
        let items = vec![item("9999999999.9999", 999_999); NewOrder::MAX_ITEMS];
        assert_eq!(order("CLF", items).expect("an order").total().to_string(), "999998999999990000.0100");
    }

    #[test]
    fn an_order_has_one_to_a_hundred_items() {
        assert_eq!(order("USD", vec![]), Err(vec![InvalidNewOrder::ItemCount { actual: 0 }]));
        assert!(order("USD", vec![item("1", 1); 100]).is_ok());
        assert_eq!(
            order("USD", vec![item("1", 1); 101]),
            Err(vec![InvalidNewOrder::ItemCount { actual: 101 }])
        );
    }

    #[test]
    fn every_price_with_too_many_decimals_is_reported() {
        let errors = order("JPY", vec![item("1.5", 1), item("2", 1), item("0.25", 1)]).expect_err("errors");
        let indexes: Vec<_> = errors
            .iter()
            .filter_map(|error| match error {
                InvalidNewOrder::Price { index, .. } => Some(*index),
                _ => None,
            })
            .collect();
        assert_eq!(indexes, [0, 2]);
    }

    proptest! {
        #[test]
        fn the_total_equals_the_sum_in_minor_units(
            lines in prop::collection::vec((0_u64..1_000_000_000_000, 1_u64..1_000_000), 1..100)
        ) {
            let expected: u128 = lines.iter().map(|(cents, n)| u128::from(*cents) * u128::from(*n)).sum();
            let items = lines.iter().map(|(cents, n)| item(&format!("{}.{:02}", cents / 100, cents % 100), *n)).collect();
            let total = order("USD", items).expect("an order").total().to_string();
            prop_assert_eq!(total, format!("{}.{:02}", expected / 100, expected % 100));
        }
    }
}
