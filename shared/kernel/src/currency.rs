//! Currencies.

use std::fmt;
use std::str::FromStr;

/// An ISO 4217 currency that has a minor unit, so that prices in it have a scale.
///
/// Metals, funds without a minor unit, the testing code `XTS` and "no currency" `XXX` are rejected: a
/// customer can't pay in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

/// Error for a text that is not the code of a currency in which a customer can pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an ISO 4217 currency code in upper case, such as \"USD\"")]
pub struct InvalidCurrency;

impl Currency {
    /// Returns the number of decimals of an amount: USD 2, JPY 0, BHD 3 (ISO 4217, "minor unit").
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    /// Returns the three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(code: &str) -> Result<Self, InvalidCurrency> {
        iso_currency::Currency::from_code(code)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or(InvalidCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decimals_are_those_of_iso_4217() {
        for (code, decimals) in [("USD", 2), ("EUR", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4)] {
            let currency: Currency = code.parse().expect(code);
            assert_eq!((currency.code(), currency.decimals()), (code, decimals));
        }
    }

    #[test]
    fn codes_that_are_not_means_of_payment_are_rejected() {
        for code in ["usd", "US", "USDX", "ZZZ", "XXX", "XTS", "XAU", ""] {
            assert_eq!(code.parse::<Currency>(), Err(InvalidCurrency), "{code}");
        }
    }
}
