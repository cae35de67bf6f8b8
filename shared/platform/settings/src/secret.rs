//! Secrets: values that can't be printed, and sources that are read again when they change.

use crate::{Environment, InvalidSetting};
use std::error::Error;
use std::fmt;
use std::pin::Pin;

/// Value that must not be printed; its `Debug` form is `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// Returns the value itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Version of a secret, by the staging labels of AWS Secrets Manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretStage {
    /// `AWSCURRENT`: the version in force.
    Current,
    /// `AWSPENDING`: the next version, during a rotation. The service may accept it before the rotation has
    /// moved the label.
    Pending,
    /// `AWSPREVIOUS`: the version before the last rotation.
    Previous,
}

/// Source of secrets that change while the process runs.
pub trait SecretSource: Send + Sync {
    /// Reads a secret; `None` when it does not exist, or has no version at that stage.
    ///
    /// # Errors
    ///
    /// When the source can't be reached or denies access.
    fn read<'a>(&'a self, id: &'a str, stage: SecretStage) -> SecretFuture<'a>;
}

/// Future of [`SecretSource::read`].
pub type SecretFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Secret>, Box<dyn Error + Send + Sync>>> + Send + 'a>>;

impl Environment {
    /// ARN of a secret of AWS Secrets Manager; `None` when the variable is missing.
    pub(crate) fn secret_arn(&self, variable: &'static str) -> Result<Option<String>, InvalidSetting> {
        match self.get(variable) {
            Some(text) if !is_secret_arn(&text) => {
                let reason = format!("must begin with arn:aws:secretsmanager:, is {text:?}");
                Err(InvalidSetting::new(variable, reason))
            }
            arn => Ok(arn),
        }
    }
}

/// Accepts every partition: `aws`, `aws-cn`, `aws-us-gov`.
fn is_secret_arn(text: &str) -> bool {
    let mut parts = text.split(':');
    parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"))
        && parts.next() == Some("secretsmanager")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".into())), "***");
    }
}
