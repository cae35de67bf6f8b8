//! Values that must not be shown, and where they are read when they change.

use std::error::Error;
use std::fmt;
use std::pin::Pin;

/// A value that must not be shown: it prints as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a value.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself, for whoever has to use it.
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

/// Which version of a secret, by the staging labels of AWS Secrets Manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretStage {
    /// `AWSCURRENT`: the version that counts.
    Current,
    /// `AWSPENDING`: the version that a rotation is about to make the current one. While it is at
    /// work, the new value may be in force before its label has moved.
    Pending,
}

/// Where secrets are read that change while the process runs.
pub trait SecretSource: Send + Sync {
    /// The value of a secret; `None` when it has no version at that stage.
    ///
    /// # Errors
    ///
    /// When the source can't be reached or refuses.
    fn read<'a>(&'a self, id: &'a str, stage: SecretStage) -> SecretFuture<'a>;
}

/// What [`SecretSource::read`] answers.
pub type SecretFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Secret>, Box<dyn Error + Send + Sync>>> + Send + 'a>>;

pub(crate) fn not_a_secret_arn(text: &str) -> String {
    format!("must begin with arn:aws:secretsmanager:, is {text:?}")
}

/// The partition is not always `aws`: `aws-cn`, `aws-us-gov`.
pub(crate) fn is_secret_arn(text: &str) -> bool {
    let mut parts = text.split(':');
    parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| partition.starts_with("aws"))
        && parts.next() == Some("secretsmanager")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".into())), "***");
    }
}
