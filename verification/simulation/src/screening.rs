//! Screening of accepted orders for fraud.

use kernel::Money;
use orders_domain::{ScreeningLimits, ScreeningThresholds};
use orders_in_memory::InMemoryScreening;

/// Maximum amount, in minor units, for which a customer can order within an hour: two units cost more at most prices.
const MAX_AMOUNT: u64 = 1_500;

/// Returns the screening of accepted orders.
pub(crate) fn screening() -> InMemoryScreening {
    let amount = Money::of_minor_units(MAX_AMOUNT, "USD".parse().expect("a currency"));
    let reject = ScreeningLimits { amounts: vec![amount], ..ScreeningLimits::default() };
    let thresholds = ScreeningThresholds::new(ScreeningLimits::default(), reject).expect("thresholds");
    InMemoryScreening::new(thresholds)
}
