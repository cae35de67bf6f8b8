//! The key of cursors, read once.

use orders_domain::ports::{PortError, Probe};
use platform_http::CursorKey;
use platform_secretsmanager::SecretsManager;
use platform_settings::{CursorKeySetting, SecretSource as _, SecretStage};
use tokio::sync::OnceCell;

const DEPENDENCY: &str = "Secrets Manager";

/// The key, once it was needed.
pub(crate) struct CursorKeys {
    setting: CursorKeySetting,
    secrets: SecretsManager,
    key: OnceCell<CursorKey>,
}

impl CursorKeys {
    pub(crate) fn new(setting: CursorKeySetting, secrets: SecretsManager) -> Self {
        Self { setting, secrets, key: OnceCell::new() }
    }

    /// The key; reads it from its secret unless that was done before.
    pub(crate) async fn key(&self) -> Result<&CursorKey, PortError> {
        self.key.get_or_try_init(|| self.read()).await
    }

    async fn read(&self) -> Result<CursorKey, PortError> {
        let arn = match &self.setting {
            CursorKeySetting::Key(key) => return Ok(CursorKey::new(key.expose())),
            CursorKeySetting::Arn(arn) => arn,
        };
        let unavailable = |source| PortError::Unavailable { dependency: DEPENDENCY, source };
        let secret = self.secrets.read(arn, SecretStage::Current).await.map_err(unavailable)?;
        let secret = secret.ok_or_else(|| unavailable("the secret has no text".into()))?;
        Ok(CursorKey::new(secret.expose()))
    }
}

impl Probe for CursorKeys {
    async fn probe(&self) -> Result<(), PortError> {
        self.key().await.map(drop)
    }
}
