//! Money in minor units: what was paid, is owed, or goes back.

use crate::{Amount, Currency, InvalidPrice, Price, TooManyDecimals};
use std::fmt;

/// Money that is not negative, in the minor units of its currency, such as cents. Amounts of different currencies are never
/// equal, and have no sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    minor_units: u64,
    currency: Currency,
}

/// Error for a text that is not money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMoney {
    /// The text is not a price.
    #[error(transparent)]
    Price(#[from] InvalidPrice),
    /// The text has more decimals than the currency.
    #[error(transparent)]
    Decimals(#[from] TooManyDecimals),
}

impl Money {
    /// Creates money from a number of minor units.
    #[must_use]
    pub fn of_minor_units(minor_units: u64, currency: Currency) -> Self {
        Self { minor_units, currency }
    }

    /// Creates money from an amount in plain notation, such as `9.90`.
    ///
    /// # Errors
    ///
    /// [`InvalidMoney`]: the text must be a price with no more decimals than the currency.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, InvalidMoney> {
        let price = text.parse::<Price>()?.in_currency(currency)?;
        let minor_units = Amount::from(price).minor_units(currency).ok_or(InvalidPrice::TooLarge)?;
        Ok(Self { minor_units, currency })
    }

    /// Restores money from a stored amount, which can be higher than that of a request.
    ///
    /// # Errors
    ///
    /// [`InvalidMoney`]: the text must be a decimal number that is not negative, with no more decimals than the currency.
    pub fn restore(text: &str, currency: Currency) -> Result<Self, InvalidMoney> {
        let amount = Amount::restore(text).ok_or(InvalidPrice::Notation)?;
        Self::of_amount(amount, currency).ok_or(InvalidMoney::Price(InvalidPrice::TooPrecise))
    }

    /// Creates money from an amount; `None` for one that is negative, or has more decimals than the currency.
    #[must_use]
    pub fn of_amount(amount: Amount, currency: Currency) -> Option<Self> {
        Some(Self { minor_units: amount.minor_units(currency)?, currency })
    }

    /// Returns the number of minor units.
    #[must_use]
    pub fn minor_units(self) -> u64 {
        self.minor_units
    }

    /// Returns the currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Returns the amount, with exactly the decimals of the currency.
    #[must_use]
    pub fn amount(self) -> Amount {
        Amount::of_minor_units(self.minor_units, self.currency)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        code.parse().expect("a currency")
    }

    #[test]
    fn an_amount_has_the_minor_units_of_its_currency() {
        for (text, code, units, shown) in [
            ("9.9", "EUR", 990, "9.90 EUR"),
            ("0", "EUR", 0, "0.00 EUR"),
            ("500", "JPY", 500, "500 JPY"),
            ("1.234", "BHD", 1_234, "1.234 BHD"),
            ("9999999999.99", "USD", 999_999_999_999, "9999999999.99 USD"),
        ] {
            let money = Money::parse(text, currency(code)).expect(text);
            assert_eq!((money.minor_units(), money.to_string().as_str()), (units, shown));
            assert_eq!(Money::of_amount(money.amount(), currency(code)), Some(money));
        }
        for (text, code) in [("-1", "EUR"), ("9.999", "EUR"), ("1.5", "JPY"), ("1e3", "EUR"), ("", "EUR")] {
            assert!(Money::parse(text, currency(code)).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn minor_units_read_back(units in any::<u64>(), code in prop::sample::select(vec!["EUR", "JPY", "BHD"])) {
            let money = Money::of_minor_units(units, currency(code));
            prop_assert_eq!(Money::of_amount(money.amount(), currency(code)), Some(money));
            prop_assert_eq!(Money::restore(&money.amount().to_string(), currency(code)), Ok(money));
        }
    }
}
