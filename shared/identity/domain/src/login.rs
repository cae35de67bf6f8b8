//! Login of a person by name and password.

use kernel::PortError;
use std::fmt;
use std::str::FromStr;

/// Name of a person, without regard to case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

/// Password. Its `Debug` form is `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Error for a text that is no username or password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCredential {
    /// The text is empty or too long.
    #[error("must have 1 to {max} characters")]
    Length {
        /// Maximum length.
        max: usize,
    },
    /// The text has a control character.
    #[error("must not contain control characters")]
    Control,
    /// The name has white space.
    #[error("must not contain white space")]
    WhiteSpace,
}

fn validate(text: &str, max: usize) -> Result<(), InvalidCredential> {
    if !(1..=max).contains(&text.chars().count()) {
        Err(InvalidCredential::Length { max })
    } else if text.chars().any(char::is_control) {
        Err(InvalidCredential::Control)
    } else {
        Ok(())
    }
}

impl Username {
    /// Maximum length (Amazon Cognito, `AdminCreateUser`).
    pub const MAX_CHARS: usize = 128;

    /// Returns the name in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Username {
    type Err = InvalidCredential;

    fn from_str(text: &str) -> Result<Self, InvalidCredential> {
        validate(text, Self::MAX_CHARS)?;
        if text.contains(char::is_whitespace) {
            return Err(InvalidCredential::WhiteSpace);
        }
        Ok(Self(text.to_lowercase()))
    }
}

impl Password {
    /// Maximum length (Amazon Cognito, "Password policies").
    pub const MAX_CHARS: usize = 256;

    /// Returns the password itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Password {
    type Err = InvalidCredential;

    fn from_str(text: &str) -> Result<Self, InvalidCredential> {
        validate(text, Self::MAX_CHARS)?;
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Name and password of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Name.
    pub username: Username,
    /// Password.
    pub password: Password,
}

/// Tokens of a person. The `Debug` form contains none.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Access token.
    pub access_token: String,
    /// Lifetime of the access token in seconds.
    pub expires_in_s: u64,
    /// Token for new access tokens.
    pub refresh_token: String,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("expires_in_s", &self.expires_in_s).finish_non_exhaustive()
    }
}

/// Error of a login.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Name or password is wrong, or the person is locked or disabled.
    #[error("the credentials are not valid")]
    InvalidCredentials,
    /// The credentials are valid, and the issuer requires another step, such as a new password or a second factor.
    #[error("the issuer requires {0}")]
    StepRequired(String),
    /// The issuer can't be reached.
    #[error("the person could not log in")]
    Issuer(#[from] PortError),
}

/// Issuer of tokens.
pub trait Logins {
    /// Checks the credentials, and issues tokens. Has no effect that a repetition would double.
    fn log_in(&self, credentials: &Credentials) -> impl Future<Output = Result<Tokens, LoginError>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_case_and_a_password_has() {
        assert_eq!("Alice".parse::<Username>(), "aLICE".parse());
        assert_ne!("Secret".parse::<Password>(), "secret".parse());
    }

    #[test]
    fn credentials_have_bounds() {
        for text in ["", "a\0b", "a\nb", "a b", "a\u{a0}b", &"a".repeat(129)] {
            assert!(text.parse::<Username>().is_err(), "{text:?}");
        }
        assert!("é".repeat(128).parse::<Username>().is_ok() && " ".parse::<Password>().is_ok());
        assert!("é".repeat(256).parse::<Password>().is_ok() && "é".repeat(257).parse::<Password>().is_err());
    }

    #[test]
    fn neither_a_password_nor_a_token_is_printed() {
        let credentials = Credentials {
            username: "alice".parse().expect("a name"),
            password: "hunter2".parse().expect("a password"),
        };
        let (access_token, refresh_token) = ("hunter2".to_owned(), "hunter2".to_owned());
        let tokens = Tokens { access_token, expires_in_s: 3_600, refresh_token };
        assert!(!format!("{credentials:?} {tokens:?}").contains("hunter2"));
    }
}
