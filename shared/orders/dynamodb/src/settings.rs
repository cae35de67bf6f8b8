//! Settings of the idempotency claims.

use platform_settings::{Environment, InvalidSetting};
use std::time::Duration;

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
    /// - `IDEMPOTENCY_TTL_S`: lifetime of a claim ([`Environment::idempotency_ttl`]).
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when the table is missing or malformed, or the lifetime is not a positive whole
    /// number that fits 32 bits.
    pub fn from_environment(env: &Environment) -> Result<Self, InvalidSetting> {
        Ok(Self { table: Self::table(env)?, ttl: env.idempotency_ttl()? })
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
