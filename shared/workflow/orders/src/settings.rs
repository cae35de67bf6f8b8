//! Times of the workflow, in whole seconds.

use platform_settings::{Environment, InvalidSetting};
use std::num::NonZeroU32;
use workflow_domain::Schedule;

const HALF_HOUR_S: NonZeroU32 = NonZeroU32::new(30 * 60).expect("not zero");
const DAY_S: NonZeroU32 = NonZeroU32::new(24 * 60 * 60).expect("not zero");
const TWO_DAYS_S: NonZeroU32 = NonZeroU32::new(48 * 60 * 60).expect("not zero");

/// Reads the times between the looks at an order: `PAYMENT_CHECK_S`, `FULFILMENT_WINDOW_S` and `REMINDER_WINDOW_S`. Defaults:
/// half an hour, two days, a day.
///
/// # Errors
///
/// [`InvalidSetting`] unless each is a positive whole number that fits 32 bits.
pub fn schedule(env: &Environment) -> Result<Schedule, InvalidSetting> {
    Ok(Schedule {
        payment_check: env.seconds("PAYMENT_CHECK_S", HALF_HOUR_S)?,
        fulfilment: env.seconds("FULFILMENT_WINDOW_S", TWO_DAYS_S)?,
        reminder: env.seconds("REMINDER_WINDOW_S", DAY_S)?,
    })
}
