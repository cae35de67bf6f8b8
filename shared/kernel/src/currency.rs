//! Currencies.

use std::fmt;
use std::str::FromStr;

/// ISO 4217 currency with a minor unit, so that amounts in it have a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency {
    code: [u8; 3],
    decimals: u8,
}

/// Error for a text that is not a code of list one with a minor unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a current ISO 4217 currency code in upper case, such as \"USD\"")]
pub struct InvalidCurrency;

/// Error for a stored currency that no release can have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be three capital letters, with an amount of 0 to {} decimals", Currency::MAX_DECIMALS)]
pub struct InvalidStoredCurrency;

/// Codes of list one of ISO 4217 ("current currency and funds") as published on 2026-01-01, by their number of
/// decimals ("minor unit"). Codes without a minor unit are left out: metals, `XXX`, `XTS` and the like.
///
/// A code that leaves the list leaves this table. Stored orders in it stay readable ([`Currency::restore`]).
const LIST_ONE: [(u8, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF \
         CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD \
         GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL \
         MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR \
         PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP \
         TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

impl Currency {
    /// Maximum number of decimals (CLF, UYW).
    pub const MAX_DECIMALS: u8 = 4;

    /// Returns all currencies that [`FromStr`] accepts.
    pub fn all() -> impl Iterator<Item = Self> {
        LIST_ONE
            .into_iter()
            .flat_map(|(decimals, codes)| codes.split(' ').filter_map(move |code| Self::new(code, decimals)))
    }

    /// Restores the currency of a stored amount. Any code is accepted: an order stays readable after its currency
    /// has left ISO 4217. It has the decimals of the amount, or of list one if those are more.
    ///
    /// # Errors
    ///
    /// [`InvalidStoredCurrency`] unless the code is three capital letters, and the amount has 0 to 4 decimals.
    pub fn restore(code: &str, amount: &str) -> Result<Self, InvalidStoredCurrency> {
        let decimals = amount.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let decimals = u8::try_from(decimals).unwrap_or(u8::MAX);
        let published = code.parse().map_or(0, |currency: Self| currency.decimals);
        Self::new(code, decimals.max(published)).ok_or(InvalidStoredCurrency)
    }

    fn new(code: &str, decimals: u8) -> Option<Self> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        let is_valid = code.iter().all(u8::is_ascii_uppercase) && decimals <= Self::MAX_DECIMALS;
        is_valid.then_some(Self { code, decimals })
    }

    /// Returns the number of decimals of an amount: USD 2, JPY 0, BHD 3 (ISO 4217, "minor unit").
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.decimals.into()
    }

    /// Returns the three-letter code.
    #[must_use]
    pub fn code(&self) -> &str {
        str::from_utf8(&self.code).expect("capital letters")
    }
}

impl FromStr for Currency {
    type Err = InvalidCurrency;

    fn from_str(code: &str) -> Result<Self, InvalidCurrency> {
        Self::all().find(|currency| currency.code() == code).ok_or(InvalidCurrency)
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
        for currency in Currency::all() {
            let published = iso_currency::Currency::from_code(currency.code()).expect("a code of ISO 4217");
            assert_eq!(published.exponent().map(u32::from), Some(currency.decimals()), "{currency}");
        }
        assert_eq!(Currency::all().count(), 165);
    }

    #[test]
    fn codes_that_are_not_means_of_payment_are_rejected() {
        for code in ["usd", "US", "USDX", "ZZZ", "XXX", "XTS", "XAU", "", "US ", "USD AED"] {
            assert_eq!(code.parse::<Currency>(), Err(InvalidCurrency), "{code}");
        }
    }

    #[test]
    fn withdrawn_codes_are_rejected_and_stay_readable() {
        for code in ["HRK", "SLL", "ZWL", "CUC", "BGN", "ANG", "DEM"] {
            assert_eq!(code.parse::<Currency>(), Err(InvalidCurrency), "{code}");
            for (amount, decimals) in [("12.34", 2), ("12", 0), ("0.000", 3)] {
                let restored = Currency::restore(code, amount).expect("a stored code");
                assert_eq!((restored.code(), restored.decimals()), (code, decimals));
            }
        }
        let whole = Currency::restore("USD", "20").expect("a stored code");
        assert_eq!(whole.decimals(), 2, "a store that drops zeros");
        for (code, amount) in [("usd", "1.00"), ("US", "1.00"), ("USD", "1.00000"), ("ÄÖ", "1.00")] {
            assert_eq!(Currency::restore(code, amount), Err(InvalidStoredCurrency));
        }
    }
}
