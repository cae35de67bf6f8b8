//! The environment variables of the functions.
//!
//! A process reads its environment here and nowhere else, before its first request; a function
//! asks for what it needs. A variable that is missing or malformed is an error that names it.
//! The AWS SDK reads its own variables (region, credentials, endpoint) by itself.

mod secret;

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

/// How DocumentDB is reached.
#[derive(Clone, Debug)]
pub enum Mongo {
    /// A connection string says everything.
    Uri(Secret),
    /// A secret holds the login.
    Secret {
        /// The ARN of the secret.
        arn: String,
        /// Where the database is and how it is spoken to. `None`: the secret says that too.
        uri: Option<Secret>,
    },
}

/// Where the key of cursors is.
#[derive(Clone, Debug)]
pub enum CursorKeySetting {
    /// Here.
    Key(Secret),
    /// In the secret of this ARN.
    Arn(String),
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

    /// How DocumentDB is reached; at least one of the two is required.
    ///
    /// - `MONGO_SECRET_ARN`: the secret of AWS Secrets Manager that holds `username` and `password`,
    ///   and, where no URI says so, `host`, `port` and `ssl`. Read anew when the login is refused.
    /// - `MONGO_URI`: the connection string. Beside a secret it has no login of its own; alone it
    ///   may carry one, and a password.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when both are missing, the URI has another scheme than MongoDB's, or the
    /// ARN is of another service.
    pub fn mongo(&self) -> Result<Mongo, InvalidSetting> {
        let uri = self.get(Self::MONGO_URI).map(Secret::new);
        let secret_arn = self.get(Self::MONGO_SECRET_ARN);
        if uri.as_ref().is_some_and(|uri| !uri.expose().starts_with("mongodb://")) {
            // The value is not shown: it may carry a password.
            return Err(InvalidSetting::new(Self::MONGO_URI, "must begin with mongodb://"));
        }
        match (uri, secret_arn) {
            (None, None) => Err(InvalidSetting {
                variable: Self::MONGO_URI,
                fault: format!("is missing, and {} too", Self::MONGO_SECRET_ARN),
            }),
            (_, Some(arn)) if !is_secret_arn(&arn) => {
                Err(InvalidSetting::new(Self::MONGO_SECRET_ARN, not_a_secret_arn(&arn)))
            }
            (Some(uri), None) => Ok(Mongo::Uri(uri)),
            (uri, Some(arn)) => Ok(Mongo::Secret { arn, uri }),
        }
    }

    /// The name of the variable of the connection string, for who finds a fault in its value.
    pub const MONGO_URI: &'static str = "MONGO_URI";

    const MONGO_SECRET_ARN: &'static str = "MONGO_SECRET_ARN";

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

    /// The key with which cursors of listings are made; one of the two is required.
    ///
    /// - `CURSOR_KEY_ARN`: the secret of AWS Secrets Manager whose whole text is the key.
    /// - `CURSOR_KEY`: the key itself, at least 32 characters.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when both are missing, the key is short, or the ARN is of another service.
    pub fn cursor_key(&self) -> Result<CursorKeySetting, InvalidSetting> {
        const MIN_CHARS: usize = 32;
        let (key, arn) = ("CURSOR_KEY", "CURSOR_KEY_ARN");
        match (self.get(arn), self.get(key)) {
            (Some(value), _) if is_secret_arn(&value) => Ok(CursorKeySetting::Arn(value)),
            (Some(value), _) => Err(InvalidSetting::new(arn, not_a_secret_arn(&value))),
            (None, Some(value)) if value.chars().count() >= MIN_CHARS => {
                Ok(CursorKeySetting::Key(Secret::new(value)))
            }
            (None, Some(_)) => {
                Err(InvalidSetting::new(key, format!("must have at least {MIN_CHARS} characters")))
            }
            (None, None) => {
                Err(InvalidSetting { variable: key, fault: format!("is missing, and {arn} too") })
            }
        }
    }

    /// `CORS_ORIGINS`: the origins whose pages may call the API, separated by commas, such as
    /// `https://shop.example`; `*` is all of them. Default none.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when one is no origin (RFC 6454): scheme, host, and a port that is not the
    /// scheme's own, without a slash at the end.
    pub fn cors_origins(&self) -> Result<Vec<String>, InvalidSetting> {
        let variable = "CORS_ORIGINS";
        let text = self.or_default(variable, "");
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        origins
            .map(|origin| {
                let same = |url: Url| is_http_url(origin) && url.origin().ascii_serialization() == origin;
                if origin == "*" || Url::parse(origin).is_ok_and(same) {
                    Ok(origin.to_owned())
                } else {
                    let fault = format!("{origin:?} must be an origin such as https://shop.example");
                    Err(InvalidSetting::new(variable, fault))
                }
            })
            .collect()
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

    /// `AWS_ENDPOINT_URL`: where AWS is spoken to instead of its own endpoints. The SDK
    /// reads it by itself; this only checks it.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is set and not an http or https URL.
    pub fn check_aws_endpoint(&self) -> Result<(), InvalidSetting> {
        let variable = "AWS_ENDPOINT_URL";
        match self.get(variable) {
            Some(text) if !is_http_url(&text) => Err(InvalidSetting::new(variable, NOT_HTTP)),
            _ => Ok(()),
        }
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

fn not_a_secret_arn(text: &str) -> String {
    format!("must begin with arn:aws:secretsmanager:, is {text:?}")
}

/// The partition is not always `aws`: `aws-cn`, `aws-us-gov`.
fn is_secret_arn(text: &str) -> bool {
    let mut parts = text.split(':');
    parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"))
        && parts.next() == Some("secretsmanager")
}

const NOT_HTTP: &str = "must be a URL with http or https";

fn is_http_url(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &'static [(&'static str, &'static str)]) -> Environment {
        Environment::of(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn defaults_stand_in_for_what_is_not_set() {
        let env = environment(&[]);
        assert_eq!(env.mongo_db().as_deref(), Ok("orders"));
        assert_eq!(env.idempotency_ttl(), Ok(Duration::from_hours(24)));
        assert_eq!(env.log_level(), Ok(LogLevel::Info));
        assert_eq!(env.check_aws_endpoint(), Ok(()));
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
            ("AWS_ENDPOINT_URL", "localhost:4566"),
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
        assert!(env.check_aws_endpoint().is_err());
    }

    #[test]
    fn origins_are_scheme_host_and_port() {
        let origins = |list: &'static str| {
            Environment::of(move |name| (name == "CORS_ORIGINS").then(|| list.to_owned())).cors_origins()
        };
        assert_eq!(origins("").expect("none"), [""; 0]);
        let two = origins("https://shop.example, http://localhost:3000").expect("origins");
        assert_eq!(two, ["https://shop.example", "http://localhost:3000"]);
        assert_eq!(origins("*").expect("all"), ["*"]);
        let never =
            ["shop.example", "https://shop.example/", "https://Shop.example", "ftp://shop.example", "null"];
        for bad in never.into_iter().chain(["https://shop.example:443", "https://a, b"]) {
            assert!(origins(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_malformed_uri_is_not_shown() {
        let env = environment(&[("MONGO_URI", "http://user:hunter2@host/")]);
        let fault = env.mongo().expect_err("another scheme").to_string();
        assert_eq!(fault, "MONGO_URI is malformed: must begin with mongodb://");
    }

    #[test]
    fn a_login_is_in_the_uri_or_in_a_secret() {
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders-a1b2c3";
        let uri = ("MONGO_URI", "mongodb://host/");
        let access = |variables: Vec<(&'static str, &'static str)>| {
            Environment::of(move |name| {
                variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
            })
            .mongo()
        };
        assert!(matches!(access(vec![uri]), Ok(Mongo::Uri(_))));
        assert!(matches!(
            access(vec![("MONGO_SECRET_ARN", arn)]),
            Ok(Mongo::Secret { arn: given, uri: None }) if given == arn
        ));
        assert!(matches!(
            access(vec![("MONGO_SECRET_ARN", arn), uri]),
            Ok(Mongo::Secret { uri: Some(_), .. })
        ));
        assert_eq!(
            access(vec![("MONGO_SECRET_ARN", "orders"), uri]).expect_err("a name").to_string(),
            "MONGO_SECRET_ARN is malformed: must begin with arn:aws:secretsmanager:, is \"orders\""
        );
    }
}
