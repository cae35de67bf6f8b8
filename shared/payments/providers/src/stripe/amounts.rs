//! Amounts as Stripe counts them: <https://docs.stripe.com/currencies>.

use crate::document::Document;
use kernel::{Currency, Money};

/// Returns the money of an amount in the units of Stripe, which was read at `pointer`.
pub(super) fn money_in(
    document: &mut Document,
    currency: &str,
    pointer: &str,
    amount: Option<u64>,
) -> Option<Money> {
    // Written in lower case.
    let code = document.required::<String>(currency)?.to_ascii_uppercase();
    let Ok(currency) = code.parse::<Currency>() else {
        return document.fault(currency, "must be a current ISO 4217 currency code");
    };
    match minor_units(amount?, currency) {
        Some(minor_units) => Some(Money::of_minor_units(minor_units, currency)),
        None => document.fault(pointer, format!("must be a number of minor units of {currency}, exactly")),
    }
}

/// Converts an amount to minor units of ISO 4217; `None` unless that is exact.
fn minor_units(amount: u64, currency: Currency) -> Option<u64> {
    let factor = |decimals| 10_u64.pow(decimals);
    match (decimals(currency), currency.decimals()) {
        (stripe, iso) if stripe > iso => {
            let factor = factor(stripe - iso);
            amount.is_multiple_of(factor).then(|| amount / factor)
        }
        (stripe, iso) => amount.checked_mul(factor(iso - stripe)),
    }
}

/// Returns the amount in the units of Stripe; `None` unless that is exact.
pub(super) fn amount_of(money: Money) -> Option<u64> {
    let factor = |decimals| 10_u64.pow(decimals);
    match (decimals(money.currency()), money.currency().decimals()) {
        (stripe, iso) if iso > stripe => {
            let factor = factor(iso - stripe);
            money.minor_units().is_multiple_of(factor).then(|| money.minor_units() / factor)
        }
        (stripe, iso) => money.minor_units().checked_mul(factor(stripe - iso)),
    }
}

/// Returns the number of decimals at Stripe. The page of currencies lists UGX among those without decimals as well; its special
/// case is the specific rule.
fn decimals(currency: Currency) -> u32 {
    match currency.code() {
        "ISK" | "UGX" => 2,
        "MGA" => 0,
        _ => currency.decimals(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Currencies without decimals as published by Stripe, without UGX.
    const ZERO: &str = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF";
    const THREE: &str = "BHD JOD KWD OMR TND";

    #[test]
    fn the_decimals_are_those_that_stripe_publishes() {
        // Stripe takes no payments in these.
        const UNSUPPORTED: &str = "CLF IQD LYD UYI UYW";
        for currency in Currency::all().filter(|currency| !UNSUPPORTED.contains(currency.code())) {
            let published = match currency.code() {
                code if ZERO.contains(code) => 0,
                code if THREE.contains(code) => 3,
                _ => 2,
            };
            assert_eq!(decimals(currency), published, "{currency}");
        }
    }

    #[test]
    fn amounts_are_converted_exactly_or_not_at_all() {
        for (amount, code, expected) in [
            (1_099, "EUR", Some(1_099)),
            (500, "JPY", Some(500)),
            (5_120, "KWD", Some(5_120)),
            (500, "ISK", Some(5)),
            (500, "UGX", Some(5)),
            (550, "ISK", None),
            (0, "UGX", Some(0)),
            (7, "MGA", Some(700)),
            (u64::MAX, "MGA", None),
            (u64::MAX, "EUR", Some(u64::MAX)),
        ] {
            let currency = code.parse().expect("a currency");
            assert_eq!(minor_units(amount, currency), expected, "{amount} {code}");
            if let Some(minor_units) = expected {
                let money = Money::of_minor_units(minor_units, currency);
                assert_eq!(amount_of(money), Some(amount), "{amount} {code}");
            }
        }
    }

    #[test]
    fn money_that_stripe_can_not_count_has_no_amount() {
        let money = |units, code: &str| Money::of_minor_units(units, code.parse().expect("a currency"));
        assert_eq!(amount_of(money(150, "MGA")), None);
        assert_eq!(amount_of(money(u64::MAX, "ISK")), None);
    }
}
