//! Settings of the idempotency claims.

use platform_settings::{Environment, InvalidSetting};
use std::num::NonZeroU32;
use std::time::Duration;

const DEFAULT_TTL_S: NonZeroU32 = NonZeroU32::new(24 * 60 * 60).expect("a day is not zero");

/// Settings of the idempotency claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimSettings {
    /// Name of the table.
    pub table: String,
    /// Lifetime of a claim.
    pub ttl: Duration,
}

impl ClaimSettings {
    /// Reads the settings:
    ///
    /// - `IDEMPOTENCY_TABLE`: name of the DynamoDB table. Required.
    /// - `IDEMPOTENCY_TTL_S`: lifetime of a claim in whole seconds. Default 86 400 (a day).
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when the table is missing or malformed, or the lifetime is not a positive whole
    /// number that fits 32 bits.
    pub fn from_environment(env: &Environment) -> Result<Self, InvalidSetting> {
        Ok(Self { table: Self::table(env)?, ttl: env.seconds("IDEMPOTENCY_TTL_S", DEFAULT_TTL_S)? })
    }

    /// Reads the name of the table alone.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or malformed.
    pub fn table(env: &Environment) -> Result<String, InvalidSetting> {
        env.table_name("IDEMPOTENCY_TABLE")
    }
}
