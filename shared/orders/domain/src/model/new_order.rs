//! Requests for an order.

use crate::{CustomerId, LineItem, LineKind, MoneyLine, Personal, References};
use kernel::{Amount, Currency, TooManyDecimals};

/// Valid request for an order: 1 to 100 items, up to 50 money lines, amounts with the currency's decimals, and a total
/// that is not negative and can be represented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    customer_id: CustomerId,
    currency: Currency,
    items: Vec<LineItem>,
    lines: Vec<MoneyLine>,
    items_total: Amount,
    total: Amount,
    /// `None` when there are none: most requests and futures are smaller without them.
    personal: Option<Box<Personal>>,
    /// `None` when there are none.
    references: Option<Box<References>>,
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
    /// The expected price of an item has more decimals than the currency.
    #[error("{reason}")]
    ExpectedPrice {
        /// Index of the item, counted from 0.
        index: usize,
        /// Reason to refuse the price.
        reason: TooManyDecimals,
    },
    /// The total of the items can't be represented.
    #[error("the total of the items is too large")]
    TotalTooLarge,
    /// The request has too many money lines.
    #[error("must have at most {} lines, has {actual}", NewOrder::MAX_LINES)]
    LineCount {
        /// Number of lines found.
        actual: usize,
    },
    /// The amount of a money line has more decimals than the currency.
    #[error("{reason}")]
    LineAmount {
        /// Index of the line, counted from 0.
        index: usize,
        /// Reason to refuse the amount.
        reason: TooManyDecimals,
    },
    /// The amount of a money line has the wrong sign.
    #[error("must not be {} for the kind \"{kind}\"", if *kind == LineKind::Discount { "positive" } else { "negative" })]
    LineSign {
        /// Index of the line, counted from 0.
        index: usize,
        /// Kind of the line.
        kind: LineKind,
    },
    /// The request has too many different products of the catalog.
    #[error(
        "must have at most {} different products of the catalog, has {actual}",
        crate::CatalogOrder::MAX_PRODUCTS
    )]
    ProductCount {
        /// Number of products found.
        actual: usize,
    },
    /// The total with the money lines can't be represented.
    #[error("the total with the lines is too large")]
    TotalWithLinesTooLarge,
    /// The discounts are larger than all other amounts together.
    #[error("the discounts must not exceed the other amounts: the total would be {total}")]
    TotalNegative {
        /// Total of items and lines.
        total: Amount,
    },
}

impl NewOrder {
    /// Maximum number of items.
    pub const MAX_ITEMS: usize = 100;
    /// Maximum number of money lines.
    pub const MAX_LINES: usize = 50;

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
            Some(total) if errors.is_empty() => Ok(Self {
                customer_id,
                currency,
                items: priced,
                lines: Vec::new(),
                items_total: total,
                total,
                personal: None,
                references: None,
            }),
            Some(_) => Err(errors),
            None => {
                errors.push(InvalidNewOrder::TotalTooLarge);
                Err(errors)
            }
        }
    }

    /// Returns the request with these money lines instead of its own, and the total that they give.
    ///
    /// # Errors
    ///
    /// All validation errors, at least one.
    pub fn with_lines(self, lines: Vec<MoneyLine>) -> Result<Self, Vec<InvalidNewOrder>> {
        let valid = Self::valid_lines(lines, self.currency)?;
        let amounts = valid.iter().map(|line| Some(Amount::from(line.amount)));
        match Amount::sum([Some(self.items_total)].into_iter().chain(amounts), self.currency) {
            None => Err(vec![InvalidNewOrder::TotalWithLinesTooLarge]),
            Some(total) if total.is_negative() => Err(vec![InvalidNewOrder::TotalNegative { total }]),
            Some(total) => Ok(Self { lines: valid, total, ..self }),
        }
    }

    /// Returns money lines with the decimals of their currency.
    ///
    /// # Errors
    ///
    /// All validation errors of the lines, at least one.
    pub(super) fn valid_lines(
        lines: Vec<MoneyLine>,
        currency: Currency,
    ) -> Result<Vec<MoneyLine>, Vec<InvalidNewOrder>> {
        let mut errors = Vec::new();
        if lines.len() > Self::MAX_LINES {
            errors.push(InvalidNewOrder::LineCount { actual: lines.len() });
        }
        let mut valid = Vec::with_capacity(lines.len());
        for (index, line) in lines.into_iter().enumerate() {
            let kind = line.kind;
            match line.amount.in_currency(currency) {
                Ok(amount) if kind.allows(amount) => valid.push(MoneyLine { amount, ..line }),
                Ok(_) => errors.push(InvalidNewOrder::LineSign { index, kind }),
                Err(reason) => errors.push(InvalidNewOrder::LineAmount { index, reason }),
            }
        }
        if errors.is_empty() { Ok(valid) } else { Err(errors) }
    }

    /// Returns the request with these items instead of its own, and without money lines.
    ///
    /// # Errors
    ///
    /// All validation errors, at least one.
    pub(super) fn with_items(&self, items: Vec<LineItem>) -> Result<Self, Vec<InvalidNewOrder>> {
        let priced = Self::new(self.customer_id.clone(), self.currency, items)?;
        Ok(Self { personal: self.personal.clone(), references: self.references.clone(), ..priced })
    }

    /// Returns the request with these personal data instead of its own.
    #[must_use]
    pub fn with_personal(self, personal: Personal) -> Self {
        Self { personal: (!personal.is_empty()).then(|| Box::new(personal)), ..self }
    }

    /// Returns the request with these references instead of its own.
    #[must_use]
    pub fn with_references(self, references: References) -> Self {
        Self { references: (!references.is_empty()).then(|| Box::new(references)), ..self }
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

    /// Returns the items in the given order.
    #[must_use]
    pub fn items(&self) -> &[LineItem] {
        &self.items
    }

    /// Returns the money lines in the given order.
    #[must_use]
    pub fn lines(&self) -> &[MoneyLine] {
        &self.lines
    }

    /// Returns addresses and contact.
    #[must_use]
    pub fn personal(&self) -> &Personal {
        self.personal.as_deref().unwrap_or(&Personal::NONE)
    }

    /// Returns the references to other systems.
    #[must_use]
    pub fn references(&self) -> &References {
        self.references.as_deref().unwrap_or(&References::NONE)
    }

    /// Returns the sum of price × quantity over all items.
    #[must_use]
    pub fn items_total(&self) -> Amount {
        self.items_total
    }

    /// Returns the sum of the items and of the money lines.
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
            product: None,
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

    fn line(kind: LineKind, amount: &str) -> MoneyLine {
        let (label, amount) = ("a line".parse().expect("a label"), amount.parse().expect("an amount"));
        MoneyLine { kind, label, amount, reference: None }
    }

    fn with_lines(currency: &str, lines: Vec<MoneyLine>) -> Result<NewOrder, Vec<InvalidNewOrder>> {
        order(currency, vec![item("10", 2)]).expect("an order").with_lines(lines)
    }

    #[test]
    fn money_lines_are_added_to_the_total_of_the_items() {
        let lines = vec![
            line(LineKind::Shipping, "4.9"),
            line(LineKind::Tax, "3.8"),
            line(LineKind::Fee, "0"),
            line(LineKind::Discount, "-5"),
        ];
        let order = with_lines("USD", lines).expect("an order");
        assert_eq!(
            (order.items_total().to_string(), order.total().to_string()),
            ("20.00".into(), "23.70".into())
        );
        assert_eq!(order.lines()[3].amount.to_string(), "-5.00");
        let free = with_lines("USD", vec![line(LineKind::Discount, "-20")]).expect("an order");
        assert_eq!(free.total().to_string(), "0.00");
        let largest = vec![line(LineKind::Fee, "9999999999.99"); NewOrder::MAX_LINES];
        assert_eq!(with_lines("USD", largest).expect("an order").total().to_string(), "500000000019.50");
    }

    #[test]
    fn invalid_money_lines_are_reported() {
        let negative = InvalidNewOrder::TotalNegative {
            total: "-0.01".parse::<kernel::SignedAmount>().expect("an amount").into(),
        };
        assert_eq!(
            negative.to_string(),
            "the discounts must not exceed the other amounts: the total would be -0.01"
        );
        assert_eq!(with_lines("USD", vec![line(LineKind::Discount, "-20.01")]), Err(vec![negative]));
        let too_many = vec![line(LineKind::Fee, "1"); 51];
        assert_eq!(with_lines("USD", too_many), Err(vec![InvalidNewOrder::LineCount { actual: 51 }]));
        let lines = vec![
            line(LineKind::Discount, "5"),
            line(LineKind::Fee, "1"),
            line(LineKind::Tax, "-1"),
            line(LineKind::Fee, "1.005"),
        ];
        let errors = with_lines("USD", lines).expect_err("errors");
        let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "must not be positive for the kind \"discount\"",
                "must not be negative for the kind \"tax\"",
                "must have at most 2 decimals in USD, has 3",
            ]
        );
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
