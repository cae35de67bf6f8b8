//! The key of cursors.

use crate::secret::{is_secret_arn, not_a_secret_arn};
use crate::{Environment, InvalidSetting, Secret};

/// Where the key of cursors is.
#[derive(Clone, Debug)]
pub enum CursorKeySetting {
    /// Here.
    Key(Secret),
    /// In the secret of this ARN.
    Arn(String),
}

impl Environment {
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
}
