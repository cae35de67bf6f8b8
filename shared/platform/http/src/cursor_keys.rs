//! Key of the cursors, read once.

use crate::CursorKey;
use crate::secrets::unavailable;
use kernel::{PortError, Probe};
use platform_settings::{CursorKeySetting, SecretSource, SecretStage};
use tokio::sync::OnceCell;

/// Source of the key that signs cursors.
pub trait CursorKeySource {
    /// Returns the key.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the key can't be read.
    fn key(&self) -> impl Future<Output = Result<&CursorKey, PortError>> + Send;
}

impl CursorKeySource for CursorKey {
    async fn key(&self) -> Result<&CursorKey, PortError> {
        Ok(self)
    }
}

impl<S: SecretSource> CursorKeySource for CursorKeys<S> {
    async fn key(&self) -> Result<&CursorKey, PortError> {
        self.key.get_or_try_init(|| self.read()).await
    }
}

/// Key of the cursors, read when it is first needed.
pub struct CursorKeys<S> {
    setting: CursorKeySetting,
    secrets: S,
    key: OnceCell<CursorKey>,
}

impl<S: SecretSource> CursorKeys<S> {
    /// Creates a source of the key in the setting, or in the secret that the setting names.
    #[must_use]
    pub fn new(setting: CursorKeySetting, secrets: S) -> Self {
        Self { setting, secrets, key: OnceCell::new() }
    }

    async fn read(&self) -> Result<CursorKey, PortError> {
        let arn = match &self.setting {
            CursorKeySetting::Key(key) => return Ok(CursorKey::new(key.expose())),
            CursorKeySetting::Arn(arn) => arn,
        };
        let secret = self.secrets.read(arn, SecretStage::Current).await.map_err(unavailable)?;
        let secret = secret.ok_or_else(|| unavailable("the secret has no text".into()))?;
        Ok(CursorKey::new(secret.expose()))
    }
}

impl<S: SecretSource> Probe for CursorKeys<S> {
    async fn probe(&self) -> Result<(), PortError> {
        self.key().await.map(drop)
    }
}
