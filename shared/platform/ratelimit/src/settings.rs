//! Settings of the rate limits.

use crate::DynamoDbRateLimiter;
use aws_config::SdkConfig;
use kernel::{PortError, Probe};
use platform_http::{Rate, RateLimits};
use platform_settings::{Environment, InvalidSetting};
use std::sync::Arc;

/// Settings of the rate limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimitSettings {
    /// Name of the table.
    pub table: String,
    /// Limit of a person, and without authentication of an address; `None` for no limit.
    pub people: Option<Rate>,
    /// Limit of a machine; `None` for no limit.
    pub machines: Option<Rate>,
}

impl RateLimitSettings {
    /// Reads the settings; `None` without a table or without any limit.
    ///
    /// - `RATE_LIMIT_TABLE`: name of the DynamoDB table. Without it, nothing is limited.
    /// - `RATE_LIMIT_PER_MINUTE`, `MACHINE_RATE_LIMIT_PER_MINUTE`: requests of a person and of a machine in a minute. 0 for
    ///   no limit. Default 100 and 3 000.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] for a malformed name or number.
    pub fn from_environment(env: &Environment) -> Result<Option<Self>, InvalidSetting> {
        let Some(table) = env.optional_table_name("RATE_LIMIT_TABLE")? else { return Ok(None) };
        let people = Rate::per_minute(env.whole_number("RATE_LIMIT_PER_MINUTE", 100)?);
        let machines = Rate::per_minute(env.whole_number("MACHINE_RATE_LIMIT_PER_MINUTE", 3_000)?);
        Ok((people.is_some() || machines.is_some()).then_some(Self { table, people, machines }))
    }
}

/// Rate limits that may not be configured.
#[derive(Clone, Debug)]
pub struct ConfiguredLimits(Option<(DynamoDbRateLimiter, RateLimitSettings)>);

impl ConfiguredLimits {
    /// Creates the limits. Sends no request: [`Probe::probe`] opens the connection.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: Option<RateLimitSettings>) -> Self {
        Self(settings.map(|settings| (DynamoDbRateLimiter::new(config, settings.table.clone()), settings)))
    }
}

impl From<ConfiguredLimits> for Option<RateLimits> {
    fn from(configured: ConfiguredLimits) -> Self {
        let (limiter, RateLimitSettings { people, machines, .. }) = configured.0?;
        Some(RateLimits::new(Arc::new(limiter), people, machines))
    }
}

impl Probe for ConfiguredLimits {
    /// Limits that are not configured are always healthy.
    async fn probe(&self) -> Result<(), PortError> {
        match &self.0 {
            Some((limiter, _)) => limiter.probe().await,
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&'static str, &'static str)]) -> Result<Option<RateLimitSettings>, String> {
        let variables = variables.to_vec();
        let env = Environment::from_lookup(move |name| {
            variables.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
        });
        RateLimitSettings::from_environment(&env).map_err(|error| error.to_string())
    }

    #[test]
    fn limits_need_a_table_and_have_defaults() {
        assert_eq!(read(&[("RATE_LIMIT_PER_MINUTE", "1")]), Ok(None));
        let settings = read(&[("RATE_LIMIT_TABLE", "limits")]).expect("valid").expect("limits");
        assert_eq!(settings.people, Rate::per_minute(100));
        assert_eq!(settings.machines, Rate::per_minute(3_000));
        let none = [
            ("RATE_LIMIT_TABLE", "limits"),
            ("RATE_LIMIT_PER_MINUTE", "0"),
            ("MACHINE_RATE_LIMIT_PER_MINUTE", "0"),
        ];
        assert_eq!(read(&none), Ok(None));
    }

    #[test]
    fn malformed_settings_are_named() {
        let error = read(&[("RATE_LIMIT_TABLE", "a table")]).expect_err("a malformed name");
        assert!(error.starts_with("RATE_LIMIT_TABLE is malformed"), "{error}");
        for text in ["-1", "1.5", "many", "4294967296"] {
            let variables = [("RATE_LIMIT_TABLE", "limits"), ("RATE_LIMIT_PER_MINUTE", text)];
            let error = read(&variables).expect_err("a malformed number");
            assert!(error.starts_with("RATE_LIMIT_PER_MINUTE is malformed"), "{error}");
        }
    }
}
