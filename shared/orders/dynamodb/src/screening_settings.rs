//! Settings of the screening.

use kernel::{Currency, Money};
use orders_domain::{ScreeningLimits, ScreeningThresholds};
use platform_settings::{Environment, InvalidSetting};
use std::num::NonZeroU32;

/// Settings of the screening by counters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreeningSettings {
    /// Name of the table.
    pub table: String,
    /// Limits from which on orders are reviewed or rejected; at least one.
    pub thresholds: ScreeningThresholds,
}

const TABLE: &str = "SCREENING_TABLE";
const REVIEW_ORDERS: &str = "SCREENING_REVIEW_ORDERS_PER_HOUR";
const REJECT_ORDERS: &str = "SCREENING_REJECT_ORDERS_PER_HOUR";
const REVIEW_AMOUNT: &str = "SCREENING_REVIEW_AMOUNT";
const REJECT_AMOUNT: &str = "SCREENING_REJECT_AMOUNT";

impl ScreeningSettings {
    /// Reads the settings; `None` without any limit.
    ///
    /// - `SCREENING_TABLE`: name of the DynamoDB table. Required with a limit.
    /// - `SCREENING_REVIEW_ORDERS_PER_HOUR`, `SCREENING_REJECT_ORDERS_PER_HOUR`: number of orders that a customer can place
    ///   within an hour without a review, and without a rejection; at most 500. 0 for no limit. Default 0.
    /// - `SCREENING_REVIEW_AMOUNT`, `SCREENING_REJECT_AMOUNT`: amounts for which a customer can order within an hour without a
    ///   review, and without a rejection, such as `EUR=500.00,USD=550.00`. Default: no limit.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] for a malformed value, a limit for a review that is not below that for a rejection, and for a missing
    /// table.
    pub fn from_environment(env: &Environment) -> Result<Option<Self>, InvalidSetting> {
        let table = env.optional_table_name(TABLE)?;
        let review = limits(env, REVIEW_ORDERS, REVIEW_AMOUNT)?;
        let reject = limits(env, REJECT_ORDERS, REJECT_AMOUNT)?;
        let thresholds = ScreeningThresholds::new(review, reject).map_err(|error| {
            let is_of_amounts = matches!(error, orders_domain::InvalidThresholds::AmountNotBelow { .. });
            InvalidSetting::new(if is_of_amounts { REVIEW_AMOUNT } else { REVIEW_ORDERS }, error)
        })?;
        if thresholds.is_empty() {
            return Ok(None);
        }
        // Names the variable if it is missing.
        let table = table.map_or_else(|| env.table_name(TABLE), Ok)?;
        Ok(Some(Self { table, thresholds }))
    }
}

/// Reads the limits of one kind, and checks them by themselves.
fn limits(
    env: &Environment,
    orders: &'static str,
    amounts: &'static str,
) -> Result<ScreeningLimits, InvalidSetting> {
    let orders_per_hour = NonZeroU32::new(env.whole_number(orders, 0)?);
    let of_orders = ScreeningLimits { orders_per_hour, amounts: Vec::new() };
    of_orders.validate().map_err(|error| InvalidSetting::new(orders, error))?;
    let text = env.or_default(amounts, "");
    let parts = text.split(',').filter(|_| !text.is_empty());
    let read = |part: &str| amount(part).map_err(|reason| InvalidSetting::new(amounts, reason));
    let read = ScreeningLimits { orders_per_hour, amounts: parts.map(read).collect::<Result<_, _>>()? };
    read.validate().map_err(|error| InvalidSetting::new(amounts, error))?;
    Ok(read)
}

/// Reads an amount such as `EUR=500.00`.
fn amount(part: &str) -> Result<Money, String> {
    const EXPECTED: &str = "must be a list of currencies with amounts, such as EUR=500.00,USD=550.00";
    let (code, amount) = part.split_once('=').ok_or_else(|| format!("{EXPECTED}, has {part:?}"))?;
    let currency: Currency = code.parse().map_err(|error| format!("{EXPECTED}: {code:?} {error}"))?;
    Money::parse(amount, currency)
        .map_err(|error| format!("{EXPECTED}: the amount of {code} {error}, is {amount:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&'static str, &'static str)]) -> Result<Option<ScreeningSettings>, String> {
        let variables = variables.to_vec();
        let env = Environment::from_lookup(move |name| {
            variables.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
        });
        ScreeningSettings::from_environment(&env).map_err(|error| error.to_string())
    }

    #[test]
    fn without_limits_nothing_is_screened() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[(TABLE, "screening"), (REVIEW_ORDERS, "0"), (REJECT_AMOUNT, "")]), Ok(None));
    }

    #[test]
    fn limits_are_read() {
        let settings = read(&[
            (TABLE, "screening"),
            (REVIEW_ORDERS, "5"),
            (REJECT_ORDERS, "10"),
            (REVIEW_AMOUNT, "EUR=500.00,JPY=80000"),
            (REJECT_AMOUNT, "EUR=2000"),
        ]);
        let ScreeningSettings { table, thresholds } = settings.expect("valid").expect("limits");
        let shown = |amounts: &[Money]| amounts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (review, reject) = (thresholds.review(), thresholds.reject());
        assert_eq!(table, "screening");
        assert_eq!(
            (review.orders_per_hour, reject.orders_per_hour),
            (NonZeroU32::new(5), NonZeroU32::new(10))
        );
        assert_eq!(shown(&review.amounts), ["500.00 EUR", "80000 JPY"]);
        assert_eq!(shown(&reject.amounts), ["2000.00 EUR"]);
    }

    #[test]
    fn malformed_settings_are_named_with_the_cause() {
        let example = "must be a list of currencies with amounts, such as EUR=500.00,USD=550.00";
        for (variables, expected) in [
            (&[(REVIEW_ORDERS, "5")][..], "SCREENING_TABLE is missing".to_owned()),
            (&[(TABLE, "a table")], "SCREENING_TABLE is malformed: must have 3 to 255 characters of a-z, A-Z, 0-9 and _-., is \"a table\"".to_owned()),
            (
                &[(REVIEW_ORDERS, "many")],
                format!("{REVIEW_ORDERS} is malformed: must be a whole number from 0, is \"many\""),
            ),
            (
                &[(REJECT_ORDERS, "501")],
                format!("{REJECT_ORDERS} is malformed: must allow at most 500 orders an hour, allows 501"),
            ),
            (&[(REVIEW_AMOUNT, "500")], format!("{REVIEW_AMOUNT} is malformed: {example}, has \"500\"")),
            (&[(REJECT_AMOUNT, "EUR=5,")], format!("{REJECT_AMOUNT} is malformed: {example}, has \"\"")),
            (
                &[(REJECT_AMOUNT, "eur=5")],
                format!("{REJECT_AMOUNT} is malformed: {example}: \"eur\" must be a current ISO 4217 currency code in upper case, such as \"USD\""),
            ),
            (
                &[(REJECT_AMOUNT, "EUR=5,00")],
                format!("{REJECT_AMOUNT} is malformed: {example}, has \"00\""),
            ),
            (
                &[(REJECT_AMOUNT, "JPY=1.5")],
                format!("{REJECT_AMOUNT} is malformed: {example}: the amount of JPY must have at most 0 decimals in JPY, has 1, is \"1.5\""),
            ),
            (
                &[(REVIEW_AMOUNT, "EUR=0")],
                format!("{REVIEW_AMOUNT} is malformed: must be above zero, is 0.00 EUR"),
            ),
            (
                &[(REVIEW_AMOUNT, "EUR=1,EUR=2")],
                format!("{REVIEW_AMOUNT} is malformed: must have one amount for EUR, has more"),
            ),
            (
                &[(REVIEW_ORDERS, "5"), (REJECT_ORDERS, "5")],
                format!("{REVIEW_ORDERS} is malformed: must be below the number of orders an hour from which on orders are rejected (5), is 5"),
            ),
            (
                &[(REVIEW_AMOUNT, "EUR=9"), (REJECT_AMOUNT, "EUR=8")],
                format!("{REVIEW_AMOUNT} is malformed: must be below the amount from which on orders are rejected (8.00 EUR), is 9.00 EUR"),
            ),
        ] {
            assert_eq!(read(variables), Err(expected), "{variables:?}");
        }
    }
}
