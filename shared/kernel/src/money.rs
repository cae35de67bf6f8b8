//! Prices and totals: decimals in plain notation, never floating point.

use crate::Currency;
use rust_decimal::Decimal;
use std::fmt;
use std::str::FromStr;

/// Price of one unit: from 0 to below 10^10, in plain notation such as `9.99`.
///
/// A price parsed from text has the decimals it was written with; inside an order it has
/// exactly those of the order's currency ([`Price::in_currency`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price(Decimal);

/// Error for a text that is not a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPrice {
    /// The text is not digits with an optional fraction. Signs, exponents, separators, spaces, leading
    /// zeros, and a leading or trailing point are invalid.
    #[error("must be a decimal number in plain notation, such as \"9.99\"")]
    Notation,
    /// The price is 10^10 or more.
    #[error("must be below 10000000000")]
    TooLarge,
    /// The text has more decimals than any currency.
    #[error("must have at most {} decimals", Price::MAX_DECIMALS)]
    TooPrecise,
}

/// Error for a price with more decimals than its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have at most {} decimals in {currency}, has {actual}", currency.decimals())]
pub struct TooManyDecimals {
    /// Currency of the order.
    pub currency: Currency,
    /// Number of decimals of the price as written.
    pub actual: u32,
}

impl Price {
    /// Maximum number of digits before the point: prices are below 10^10.
    const MAX_INTEGER_DIGITS: usize = 10;
    const MAX_DECIMALS: usize = Currency::MAX_DECIMALS as usize;
    /// No price.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Returns the same price with exactly the decimals of `currency`: `9.9` USD becomes `9.90`.
    ///
    /// # Errors
    ///
    /// [`TooManyDecimals`] when the price was written with more decimals than the currency has,
    /// trailing zeros included. Nothing is rounded.
    pub fn in_currency(self, currency: Currency) -> Result<Self, TooManyDecimals> {
        let actual = self.0.scale();
        if actual > currency.decimals() {
            return Err(TooManyDecimals { currency, actual });
        }
        let mut amount = self.0;
        amount.rescale(currency.decimals());
        Ok(Self(amount))
    }

    /// Multiplies the price by a number of units; `None` when the result can't be represented.
    #[must_use]
    pub fn times(self, units: u32) -> Option<Amount> {
        self.0.checked_mul(Decimal::from(units)).map(Amount)
    }
}

impl FromStr for Price {
    type Err = InvalidPrice;

    fn from_str(text: &str) -> Result<Self, InvalidPrice> {
        let (integer, fraction) = match text.split_once('.') {
            Some((integer, fraction)) => (integer, Some(fraction)),
            None => (text, None),
        };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let leading_zero = integer.len() > 1 && integer.starts_with('0');
        if !digits(integer) || leading_zero || !fraction.is_none_or(digits) {
            return Err(InvalidPrice::Notation);
        }
        if integer.len() > Self::MAX_INTEGER_DIGITS {
            return Err(InvalidPrice::TooLarge);
        }
        if fraction.is_some_and(|fraction| fraction.len() > Self::MAX_DECIMALS) {
            return Err(InvalidPrice::TooPrecise);
        }
        Decimal::from_str_exact(text).map(Self).map_err(|_| InvalidPrice::Notation)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Amount that is added to a sum or, if negative, deducted from it: between -10^10 and 10^10, in plain notation such as
/// `-5.00`. Its decimals are those of a [`Price`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedAmount(Decimal);

/// Error for a text that is not a signed amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignedAmount {
    /// The text is not a price, or a minus sign and a price above zero.
    #[error("must be a decimal number in plain notation, such as \"9.99\" or \"-9.99\"")]
    Notation,
    /// The amount is 10^10 or more, or -10^10 or less.
    #[error("must be between -10000000000 and 10000000000")]
    OutOfRange,
    /// The text has more decimals than any currency.
    #[error("must have at most {} decimals", Price::MAX_DECIMALS)]
    TooPrecise,
}

impl SignedAmount {
    /// Returns the same amount with exactly the decimals of `currency`, like [`Price::in_currency`].
    ///
    /// # Errors
    ///
    /// [`TooManyDecimals`].
    pub fn in_currency(self, currency: Currency) -> Result<Self, TooManyDecimals> {
        Price(self.0).in_currency(currency).map(|Price(amount)| Self(amount))
    }

    /// Returns `true` for an amount above zero.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.0 > Decimal::ZERO
    }

    /// Returns `true` for an amount below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < Decimal::ZERO
    }
}

impl FromStr for SignedAmount {
    type Err = InvalidSignedAmount;

    fn from_str(text: &str) -> Result<Self, InvalidSignedAmount> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let Price(amount) = digits.parse().map_err(|error| match error {
            InvalidPrice::Notation => InvalidSignedAmount::Notation,
            InvalidPrice::TooLarge => InvalidSignedAmount::OutOfRange,
            InvalidPrice::TooPrecise => InvalidSignedAmount::TooPrecise,
        })?;
        match (is_negative, amount.is_zero()) {
            (false, _) => Ok(Self(amount)),
            (true, false) => Ok(Self(-amount)),
            // Zero has one spelling.
            (true, true) => Err(InvalidSignedAmount::Notation),
        }
    }
}

impl fmt::Display for SignedAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Price> for Amount {
    fn from(price: Price) -> Self {
        Self(price.0)
    }
}

impl From<SignedAmount> for Amount {
    fn from(amount: SignedAmount) -> Self {
        Self(amount.0)
    }
}

/// Sum of money in the currency of its order, such as the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount(Decimal);

impl Amount {
    /// Returns the sum with exactly the decimals of `currency`; `None` when a part is missing or the
    /// sum can't be represented.
    #[must_use]
    pub fn sum(mut parts: impl Iterator<Item = Option<Self>>, currency: Currency) -> Option<Self> {
        let mut sum = parts.try_fold(Decimal::ZERO, |sum, part| sum.checked_add(part?.0))?;
        // Adding to or multiplying zero drops its scale.
        sum.rescale(currency.decimals());
        Some(Self(sum))
    }

    /// Restores an amount from its text; `None` for a text that is no decimal number.
    pub(crate) fn restore(text: &str) -> Option<Self> {
        Decimal::from_str_exact(text).ok().map(Self)
    }

    /// Returns the amount of a number of minor units.
    pub(crate) fn of_minor_units(minor_units: u64, currency: Currency) -> Self {
        Self(Decimal::from_i128_with_scale(minor_units.into(), currency.decimals()))
    }

    /// Returns the number of minor units; `None` for a negative amount, and for one with more decimals than the currency.
    pub(crate) fn minor_units(self, currency: Currency) -> Option<u64> {
        let mut amount = self.0.normalize();
        if amount.scale() > currency.decimals() || self.is_negative() {
            return None;
        }
        amount.rescale(currency.decimals());
        u64::try_from(amount.mantissa()).ok().filter(|_| amount.scale() == currency.decimals())
    }

    /// Returns `true` for an amount below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < Decimal::ZERO
    }

    /// Returns `true` for no amount.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
    fn plain_notation_is_accepted() {
        for text in ["0", "0.00", "9.99", "9999999999.9999", "10"] {
            assert_eq!(text.parse::<Price>().map(|p| p.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn every_other_notation_is_refused() {
        for text in [
            "", " ", ".5", "5.", "-1", "+1", "1e3", "1E3", "01", "00", "1,5", "1_0", "1.2.3", "٣", "NaN",
            "0x1", " 1", "1 ", "1.-5",
        ] {
            assert_eq!(text.parse::<Price>(), Err(InvalidPrice::Notation), "{text:?}");
        }
        assert_eq!("10000000000".parse::<Price>(), Err(InvalidPrice::TooLarge));
        assert_eq!("0.00001".parse::<Price>(), Err(InvalidPrice::TooPrecise));
    }

    #[test]
    fn a_price_has_no_more_decimals_than_its_currency() {
        let price = |text: &str| text.parse::<Price>().expect(text);
        assert_eq!(price("0").in_currency(currency("BHD")).map(|p| p.to_string()), Ok("0.000".into()));
        assert_eq!(price("9.9").in_currency(currency("USD")).map(|p| p.to_string()), Ok("9.90".into()));
        assert_eq!(price("9").in_currency(currency("JPY")).map(|p| p.to_string()), Ok("9".into()));
        assert_eq!(price("1.234").in_currency(currency("BHD")).map(|p| p.to_string()), Ok("1.234".into()));
        let refused = price("9.990").in_currency(currency("USD")).expect_err("three decimals");
        assert_eq!(refused.to_string(), "must have at most 2 decimals in USD, has 3");
    }

    #[test]
    fn a_signed_amount_is_a_price_with_an_optional_minus_sign() {
        for text in ["0", "0.00", "9.99", "-9.99", "-0.01", "-9999999999.9999"] {
            assert_eq!(text.parse::<SignedAmount>().map(|amount| amount.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "-", "--1", "-+1", "+1", "- 1", "-01", "-.5", "-1e3", "-0", "-0.00", "\u{2212}1"] {
            assert_eq!(text.parse::<SignedAmount>(), Err(InvalidSignedAmount::Notation), "{text:?}");
        }
        assert_eq!("-10000000000".parse::<SignedAmount>(), Err(InvalidSignedAmount::OutOfRange));
        assert_eq!("-0.00001".parse::<SignedAmount>(), Err(InvalidSignedAmount::TooPrecise));
        let amount = |text: &str| text.parse::<SignedAmount>().expect(text);
        assert_eq!(amount("-5").in_currency(currency("USD")).map(|a| a.to_string()), Ok("-5.00".into()));
        assert!(amount("-1.5").in_currency(currency("JPY")).is_err());
        let signs = |text| (amount(text).is_negative(), amount(text).is_positive());
        assert_eq!([signs("-1"), signs("0.00"), signs("1")], [(true, false), (false, false), (false, true)]);
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_keeps_what_was_written(text in "\\PC*") {
            if let Ok(price) = text.parse::<Price>() {
                prop_assert_eq!(price.to_string(), text);
            }
        }

        #[test]
        fn every_price_within_bounds_is_accepted(cents in 0_u64..1_000_000_000_000) {
            let text = format!("{}.{:02}", cents / 100, cents % 100);
            let price = text.parse::<Price>().expect("a price").in_currency(currency("USD"));
            prop_assert_eq!(price.expect("two decimals").to_string(), text);
        }
    }
}
