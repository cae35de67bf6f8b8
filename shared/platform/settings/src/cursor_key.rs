//! Key of the cursors in listings.

use crate::{Environment, InvalidSetting, Secret};

/// Source of the key.
#[derive(Clone, Debug)]
pub enum CursorKeySetting {
    /// The key itself.
    Key(Secret),
    /// Secret with this ARN.
    Arn(String),
}

impl Environment {
    /// Key that signs the cursors of listings; one of the two variables is required.
    ///
    /// - `CURSOR_KEY_ARN`: secret of AWS Secrets Manager; its whole text is the key.
    /// - `CURSOR_KEY`: key of at least 32 characters.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when both are missing, the key is short, or the ARN is of another service.
    pub fn cursor_key(&self) -> Result<CursorKeySetting, InvalidSetting> {
        const MIN_CHARS: usize = 32;
        let (key, arn) = ("CURSOR_KEY", "CURSOR_KEY_ARN");
        match (self.secret_arn(arn)?, self.get(key)) {
            (Some(arn), _) => Ok(CursorKeySetting::Arn(arn)),
            (None, Some(value)) if value.chars().count() >= MIN_CHARS => {
                Ok(CursorKeySetting::Key(Secret::new(value)))
            }
            (None, Some(_)) => {
                Err(InvalidSetting::new(key, format!("must have at least {MIN_CHARS} characters")))
            }
            (None, None) => Err(InvalidSetting::missing(key, Some(arn))),
        }
    }
}
