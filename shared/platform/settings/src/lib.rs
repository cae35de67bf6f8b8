//! The environment variables of the functions.
//!
//! A process reads its environment here and nowhere else, before its first request; a function
//! asks for what it needs. A variable that is missing or malformed is an error that names it.
//! The AWS SDK reads the credentials by itself.

mod aws;
mod cors_origins;
mod cursor_key;
mod mongo;
mod secret;

pub use aws::Aws;
pub use cursor_key::CursorKeySetting;
pub use mongo::Mongo;
pub use secret::{Secret, SecretFuture, SecretSource, SecretStage};

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;
use url::Url;

/// The variables of a process.
pub struct Environment {
    lookup: Box<dyn Fn(&'static str) -> Option<String> + Send + Sync>,
}

/// A variable that keeps the process from starting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {fault}")]
pub struct InvalidSetting {
    variable: &'static str,
    fault: String,
}

impl InvalidSetting {
    /// The fault of a variable whose value only its user can judge.
    #[must_use]
    pub fn new(variable: &'static str, fault: impl fmt::Display) -> Self {
        Self { variable, fault: format!("is malformed: {fault}") }
    }
}

/// How much is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the levels of tracing, by their own names")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// Variables from anywhere.
    #[must_use]
    pub fn of(lookup: impl Fn(&'static str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { lookup: Box::new(lookup) }
    }

    /// `MONGO_DB`: the name of the database. Default `orders`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is no name that MongoDB takes.
    pub fn mongo_db(&self) -> Result<String, InvalidSetting> {
        let name = self.or_default("MONGO_DB", "orders");
        let forbidden = |c: char| c.is_control() || "/\\. \"$*<>:|?".contains(c);
        if name.len() <= 63 && !name.contains(forbidden) {
            Ok(name)
        } else {
            Err(InvalidSetting::new("MONGO_DB", "must have 1 to 63 bytes without any of /\\. \"$*<>:|?"))
        }
    }

    /// `IDEMPOTENCY_TABLE`: the name of the DynamoDB table of idempotency claims. Required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or no name that DynamoDB takes.
    pub fn idempotency_table(&self) -> Result<String, InvalidSetting> {
        self.name("IDEMPOTENCY_TABLE", 3, 255, "_-.")
    }

    /// `IDEMPOTENCY_TTL_S`: how long a claim holds, in whole seconds. Default 86 400 (a day).
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] unless it is a positive whole number that fits 32 bits.
    pub fn idempotency_ttl(&self) -> Result<Duration, InvalidSetting> {
        self.seconds("IDEMPOTENCY_TTL_S", "86400")
    }

    /// `EVENT_BUS_NAME`: the EventBridge bus that events are published to. Required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or no name that EventBridge takes.
    pub fn event_bus_name(&self) -> Result<String, InvalidSetting> {
        self.name("EVENT_BUS_NAME", 1, 256, "_-./:")
    }

    /// `DEAD_LETTERS_URL`: the SQS queue of events that the bus rejected time and again. Required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or not an http or https URL.
    pub fn dead_letters_url(&self) -> Result<String, InvalidSetting> {
        let variable = "DEAD_LETTERS_URL";
        let text = self.required(variable)?;
        if is_http_url(&text) { Ok(text) } else { Err(InvalidSetting::new(variable, NOT_HTTP)) }
    }

    /// `RELAY_LEASE_S`: how long a relay has an order's events for itself, in whole seconds; longer
    /// than it needs for a batch, short enough to wait for when it died. Default 30.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] unless it is a positive whole number that fits 32 bits.
    pub fn relay_lease(&self) -> Result<Duration, InvalidSetting> {
        self.seconds("RELAY_LEASE_S", "30")
    }

    /// `AUDIT_TABLE`: the name of the DynamoDB table that the audit subscriber fills. Required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or no name that DynamoDB takes.
    pub fn audit_table(&self) -> Result<String, InvalidSetting> {
        self.name("AUDIT_TABLE", 3, 255, "_-.")
    }

    /// `LOG_LEVEL`: `error`, `warn`, `info`, `debug` or `trace`, in any case. Default `info`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is none of these.
    pub fn log_level(&self) -> Result<LogLevel, InvalidSetting> {
        let variable = "LOG_LEVEL";
        let text = self.or_default(variable, "info");
        match text.to_ascii_lowercase().as_str() {
            "error" => Ok(LogLevel::Error),
            "warn" => Ok(LogLevel::Warn),
            "info" => Ok(LogLevel::Info),
            "debug" => Ok(LogLevel::Debug),
            "trace" => Ok(LogLevel::Trace),
            _ => Err(InvalidSetting::new(
                variable,
                format!("must be error, warn, info, debug or trace, is {text:?}"),
            )),
        }
    }

    /// `METRICS_NAMESPACE`: the CloudWatch namespace of the metrics. Default `Orders`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is no name that CloudWatch takes.
    pub fn metrics_namespace(&self) -> Result<String, InvalidSetting> {
        let variable = "METRICS_NAMESPACE";
        self.get(variable).map_or(Ok("Orders".to_owned()), |_| self.name(variable, 1, 255, "_-./:#"))
    }

    /// A set variable that isn't empty: an empty one counts as missing.
    fn get(&self, variable: &'static str) -> Option<String> {
        (self.lookup)(variable).filter(|value| !value.is_empty())
    }

    fn required(&self, variable: &'static str) -> Result<String, InvalidSetting> {
        self.get(variable).ok_or(InvalidSetting { variable, fault: "is missing".to_owned() })
    }

    fn or_default(&self, variable: &'static str, default: &str) -> String {
        self.get(variable).unwrap_or_else(|| default.to_owned())
    }

    fn seconds(&self, variable: &'static str, default: &str) -> Result<Duration, InvalidSetting> {
        let text = self.or_default(variable, default);
        let seconds: NonZeroU32 = text.parse().map_err(|_| {
            InvalidSetting::new(variable, format!("must be a whole number of seconds from 1, is {text:?}"))
        })?;
        Ok(Duration::from_secs(u64::from(seconds.get())))
    }

    fn name(
        &self,
        variable: &'static str,
        min: usize,
        max: usize,
        marks: &str,
    ) -> Result<String, InvalidSetting> {
        let name = self.required(variable)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || marks.contains(c);
        if (min..=max).contains(&name.len()) && name.chars().all(allowed) {
            Ok(name)
        } else {
            let fault =
                format!("must have {min} to {max} characters of a-z, A-Z, 0-9 and {marks}, is {name:?}");
            Err(InvalidSetting::new(variable, fault))
        }
    }
}

const NOT_HTTP: &str = "must be a URL with http or https";

fn is_http_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn environment(variables: &'static [(&'static str, &'static str)]) -> Environment {
        Environment::of(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn defaults_stand_in_for_what_is_not_set() {
        let env = environment(&[]);
        assert_eq!(env.mongo_db().as_deref(), Ok("orders"));
        assert_eq!(env.idempotency_ttl(), Ok(Duration::from_hours(24)));
        assert_eq!(env.log_level(), Ok(LogLevel::Info));
    }

    #[test]
    fn a_missing_variable_is_named() {
        let env = environment(&[("IDEMPOTENCY_TABLE", "")]);
        assert_eq!(
            env.mongo().expect_err("missing").to_string(),
            "MONGO_URI is missing, and MONGO_SECRET_ARN too"
        );
        assert_eq!(env.idempotency_table().expect_err("empty").to_string(), "IDEMPOTENCY_TABLE is missing");
        assert_eq!(env.event_bus_name().expect_err("missing").to_string(), "EVENT_BUS_NAME is missing");
    }

    #[test]
    fn a_malformed_variable_is_named_with_its_fault() {
        let env = environment(&[
            ("IDEMPOTENCY_TTL_S", "a day"),
            ("LOG_LEVEL", "loud"),
            ("MONGO_DB", "a.b"),
            ("IDEMPOTENCY_TABLE", "a table"),
            ("EVENT_BUS_NAME", "a bus"),
        ]);
        let shown = |fault: InvalidSetting| fault.to_string();
        assert_eq!(
            env.idempotency_ttl().map_err(shown),
            Err("IDEMPOTENCY_TTL_S is malformed: must be a whole number of seconds from 1, is \"a day\""
                .into())
        );
        assert_eq!(
            env.log_level().map_err(shown),
            Err("LOG_LEVEL is malformed: must be error, warn, info, debug or trace, is \"loud\"".into())
        );
        assert!(env.mongo_db().is_err());
        assert!(env.idempotency_table().is_err());
        assert!(env.event_bus_name().is_err());
    }
}
