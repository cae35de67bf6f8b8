//! Environment variables.
//!
//! A process reads its environment here and nowhere else, before its first request. A missing or
//! malformed variable is an error that names it. The crate that needs a variable of its own reads it
//! through a method of [`Environment`] such as [`Environment::name`], and documents it.
//!
//! Deliberately absent: credentials of AWS, which the SDK reads when it signs.

mod authentication;
mod aws;
mod cors_origins;
mod cursor_key;
mod mongo;
mod origin_secret;
mod relay;
mod secret;

pub use authentication::Authentication;
pub use aws::Aws;
pub use cursor_key::CursorKeySetting;
pub use mongo::Mongo;
pub use secret::{Secret, SecretFuture, SecretSource, SecretStage};

use kernel::SERVICE_NAME;
use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;
use url::Url;

/// Variables of a process.
pub struct Environment {
    lookup: Box<dyn Fn(&'static str) -> Option<String> + Send + Sync>,
}

/// Error for a missing or malformed variable. The process can't start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {reason}")]
pub struct InvalidSetting {
    variable: &'static str,
    reason: String,
}

impl InvalidSetting {
    /// Creates the error for a variable with an invalid value.
    #[must_use]
    pub fn new(variable: &'static str, reason: impl fmt::Display) -> Self {
        Self { variable, reason: format!("is malformed: {reason}") }
    }

    fn missing(variable: &'static str, alternative: Option<&str>) -> Self {
        let reason = match alternative {
            Some(alternative) => format!("is missing, and so is {alternative}"),
            None => "is missing".to_owned(),
        };
        Self { variable, reason }
    }
}

/// Lowest level of the lines that are logged.
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
    /// Variables of this process.
    #[must_use]
    pub fn from_env() -> Self {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Variables from another source.
    #[must_use]
    pub fn from_lookup(lookup: impl Fn(&'static str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self { lookup: Box::new(lookup) }
    }

    /// `LOG_LEVEL`: `error`, `warn`, `info`, `debug` or `trace`, in any case. Default `info`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] for any other value.
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

    /// `METRICS_NAMESPACE`: CloudWatch namespace of the metrics. Default: name of the service, with a
    /// capital.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] unless it has 1 to 255 characters that CloudWatch accepts.
    pub fn metrics_namespace(&self) -> Result<String, InvalidSetting> {
        let variable = "METRICS_NAMESPACE";
        if self.get(variable).is_some() {
            return self.name(variable, 1, 255, "_-./:#");
        }
        let (first, rest) = SERVICE_NAME.split_at(1);
        Ok(first.to_ascii_uppercase() + rest)
    }

    /// Name of a DynamoDB table; required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when the variable is missing or not a name that DynamoDB accepts.
    pub fn table_name(&self, variable: &'static str) -> Result<String, InvalidSetting> {
        self.name(variable, 3, 255, "_-.")
    }

    /// Name of a DynamoDB table; `None` when the variable is unset or empty.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] for a name that DynamoDB does not accept.
    pub fn optional_table_name(&self, variable: &'static str) -> Result<Option<String>, InvalidSetting> {
        self.get(variable).map(|_| self.table_name(variable)).transpose()
    }

    /// Switch: `on` or `off`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] for any other value.
    pub fn is_on(&self, variable: &'static str, default: bool) -> Result<bool, InvalidSetting> {
        match self.get(variable).as_deref() {
            None => Ok(default),
            Some("on") => Ok(true),
            Some("off") => Ok(false),
            Some(other) => Err(InvalidSetting::new(variable, format!("must be on or off, is {other:?}"))),
        }
    }

    /// Whole number from 0.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] unless it fits 32 bits.
    pub fn whole_number(&self, variable: &'static str, default: u32) -> Result<u32, InvalidSetting> {
        let parse = |text: String| {
            text.parse().map_err(|_| {
                InvalidSetting::new(variable, format!("must be a whole number from 0, is {text:?}"))
            })
        };
        self.get(variable).map_or(Ok(default), parse)
    }

    /// Duration in whole seconds.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] unless it is a positive whole number that fits 32 bits.
    pub fn seconds(&self, variable: &'static str, default: NonZeroU32) -> Result<Duration, InvalidSetting> {
        let Some(text) = self.get(variable) else {
            return Ok(Duration::from_secs(default.get().into()));
        };
        let seconds: NonZeroU32 = text.parse().map_err(|_| {
            InvalidSetting::new(variable, format!("must be a whole number of seconds from 1, is {text:?}"))
        })?;
        Ok(Duration::from_secs(seconds.get().into()))
    }

    /// `IDEMPOTENCY_TTL_S`: lifetime of a claim on an idempotency key in whole seconds. Default 86 400 (a day).
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] unless it is a positive whole number that fits 32 bits.
    pub fn idempotency_ttl(&self) -> Result<Duration, InvalidSetting> {
        const DAY_S: NonZeroU32 = NonZeroU32::new(24 * 60 * 60).expect("a day is not zero");
        self.seconds("IDEMPOTENCY_TTL_S", DAY_S)
    }

    /// Name of `min` to `max` ASCII letters, digits and `marks`; required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when the variable is missing or has other characters.
    pub fn name(
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
            let reason =
                format!("must have {min} to {max} characters of a-z, A-Z, 0-9 and {marks}, is {name:?}");
            Err(InvalidSetting::new(variable, reason))
        }
    }

    /// Returns a variable; `None` when it is unset or empty.
    fn get(&self, variable: &'static str) -> Option<String> {
        (self.lookup)(variable).filter(|value| !value.is_empty())
    }

    /// Text of any form; required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when the variable is missing.
    pub fn required(&self, variable: &'static str) -> Result<String, InvalidSetting> {
        self.get(variable).ok_or_else(|| InvalidSetting::missing(variable, None))
    }

    /// Text of any form, or a default.
    #[must_use]
    pub fn or_default(&self, variable: &'static str, default: &str) -> String {
        self.get(variable).unwrap_or_else(|| default.to_owned())
    }

    /// URL of http or https; required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when the variable is missing or has another scheme.
    pub fn http_url(&self, variable: &'static str) -> Result<String, InvalidSetting> {
        let text = self.required(variable)?;
        if is_http_url(&text) { Ok(text) } else { Err(InvalidSetting::new(variable, NOT_HTTP)) }
    }
}

const NOT_HTTP: &str = "must be a URL with http or https";

fn is_http_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_S: NonZeroU32 = NonZeroU32::new(86_400).expect("not zero");

    pub(crate) fn environment(variables: &'static [(&'static str, &'static str)]) -> Environment {
        Environment::from_lookup(|name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
        })
    }

    #[test]
    fn missing_variables_have_defaults() {
        let env = environment(&[]);
        assert_eq!(env.mongo_db().as_deref(), Ok("orders"));
        assert_eq!(env.seconds("A_TTL_S", DAY_S), Ok(Duration::from_hours(24)));
        assert_eq!((env.is_on("A", true), env.is_on("A", false)), (Ok(true), Ok(false)));
        assert_eq!(env.log_level(), Ok(LogLevel::Info));
        assert_eq!(env.metrics_namespace().as_deref(), Ok("Orders"));
    }

    #[test]
    fn a_missing_variable_is_named() {
        let env = environment(&[("A_TABLE", "")]);
        assert_eq!(
            env.mongo().expect_err("missing").to_string(),
            "MONGO_URI is missing, and so is MONGO_SECRET_ARN"
        );
        assert_eq!(env.table_name("A_TABLE").expect_err("empty").to_string(), "A_TABLE is missing");
        assert_eq!(env.event_bus_name().expect_err("missing").to_string(), "EVENT_BUS_NAME is missing");
    }

    #[test]
    fn a_malformed_variable_is_named_with_the_reason() {
        let env = environment(&[
            ("A_TTL_S", "a day"),
            ("LOG_LEVEL", "loud"),
            ("A_SWITCH", "true"),
            ("MONGO_DB", "a.b"),
            ("A_TABLE", "a table"),
            ("EVENT_BUS_NAME", "a bus"),
        ]);
        let message = |error: InvalidSetting| error.to_string();
        assert_eq!(
            env.seconds("A_TTL_S", DAY_S).map_err(message),
            Err("A_TTL_S is malformed: must be a whole number of seconds from 1, is \"a day\"".into())
        );
        assert_eq!(
            env.log_level().map_err(message),
            Err("LOG_LEVEL is malformed: must be error, warn, info, debug or trace, is \"loud\"".into())
        );
        assert_eq!(
            env.is_on("A_SWITCH", true).map_err(message),
            Err("A_SWITCH is malformed: must be on or off, is \"true\"".into())
        );
        assert!(env.mongo_db().is_err());
        assert!(env.table_name("A_TABLE").is_err());
        assert!(env.event_bus_name().is_err());
    }
}
