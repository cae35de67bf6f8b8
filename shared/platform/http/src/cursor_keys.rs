//! Source of the keys of the cursors.

use crate::parameters::has_unknown_cursor;
use crate::secrets::{SecretVersions, unavailable};
use crate::{CursorKeys, Problem};
use kernel::{PortError, Probe};
use platform_settings::{CursorKeySetting, SecretSource, SecretStage};
use std::time::Duration;

/// Time for which the keys that were read are used. Afterwards an instance signs with the new key, too, and no longer
/// accepts one of before the previous rotation.
const LIFETIME: Duration = Duration::from_mins(5);

/// Source of the keys that sign cursors.
pub trait CursorKeySource {
    /// Returns the keys.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when they can't be read.
    fn keys(&self) -> impl Future<Output = Result<CursorKeys, PortError>> + Send;

    /// Reads the keys again, unless the last read was a moment ago, and returns them. After a rotation, another
    /// instance can sign with a key that this one has not read.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when they can't be read.
    fn reread_keys(&self) -> impl Future<Output = Result<CursorKeys, PortError>> + Send;

    /// Reads a query with the keys, and once more with those that were read again if another instance may have signed its
    /// cursor with a key that this one has not read.
    ///
    /// # Errors
    ///
    /// That of `read`, or a problem when the keys can't be read.
    fn read_query<Q: Send>(
        &self,
        read: impl Fn(&CursorKeys) -> Result<Q, Problem> + Send + Sync,
    ) -> impl Future<Output = Result<(CursorKeys, Q), Problem>> + Send
    where
        Self: Sync,
    {
        async move {
            let keys = self.keys().await?;
            match read(&keys) {
                Err(problem) if has_unknown_cursor(&problem) => {
                    let keys = self.reread_keys().await?;
                    read(&keys).map(|query| (keys, query))
                }
                query => query.map(|query| (keys, query)),
            }
        }
    }
}

impl CursorKeySource for CursorKeys {
    async fn keys(&self) -> Result<CursorKeys, PortError> {
        Ok(self.clone())
    }

    async fn reread_keys(&self) -> Result<CursorKeys, PortError> {
        Ok(self.clone())
    }
}

/// Keys in a setting, or in the secret that the setting names. Of the secret, the current version signs, and the
/// previous one is accepted, so that a rotation invalidates no cursor in use.
pub struct RotatingCursorKeys(Source);

enum Source {
    Setting(CursorKeys),
    Secret(SecretVersions),
}

impl RotatingCursorKeys {
    /// Creates a source. Reads the secret when a key is first needed.
    #[must_use]
    pub fn new(setting: CursorKeySetting, secrets: impl SecretSource + 'static) -> Self {
        const STAGES: &[SecretStage] = &[SecretStage::Current, SecretStage::Previous];
        Self(match setting {
            CursorKeySetting::Key(key) => Source::Setting(CursorKeys::new(key.expose())),
            CursorKeySetting::Arn(arn) => Source::Secret(SecretVersions::new(arn, STAGES, secrets)),
        })
    }
}

impl CursorKeySource for RotatingCursorKeys {
    async fn keys(&self) -> Result<CursorKeys, PortError> {
        match &self.0 {
            Source::Secret(versions) => {
                if versions.known(LIFETIME).is_none() {
                    let read = versions.read().await;
                    // While the secret can't be read, the keys that were read before stay in use.
                    if versions.known(Duration::MAX).is_none() {
                        read?;
                    }
                }
                keys_of(versions)
            }
            Source::Setting(keys) => Ok(keys.clone()),
        }
    }

    async fn reread_keys(&self) -> Result<CursorKeys, PortError> {
        match &self.0 {
            Source::Secret(versions) => {
                versions.read().await?;
                keys_of(versions)
            }
            Source::Setting(keys) => Ok(keys.clone()),
        }
    }
}

fn keys_of(versions: &SecretVersions) -> Result<CursorKeys, PortError> {
    let known = versions.known(Duration::MAX).unwrap_or_default();
    let (current, previous) =
        known.split_first().ok_or_else(|| unavailable("the secret has no text".into()))?;
    let keys = CursorKeys::new(current.expose());
    Ok(previous.iter().fold(keys, |keys, secret| keys.accepting(secret.expose())))
}

impl Probe for RotatingCursorKeys {
    async fn probe(&self) -> Result<(), PortError> {
        self.keys().await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::InvalidCursor;
    use crate::secrets::{FAILURE_INTERVAL, READ_INTERVAL};
    use platform_settings::{Secret, SecretFuture};
    use std::sync::{Arc, Mutex};

    /// Current and previous version of a secret; a read fails without a current one.
    #[derive(Clone, Default)]
    struct Versions(Arc<Mutex<[Option<&'static str>; 2]>>);

    impl SecretSource for Versions {
        fn read<'a>(&'a self, _: &'a str, stage: SecretStage) -> SecretFuture<'a> {
            let [current, previous] = *self.0.lock().expect("a lock");
            let text = if stage == SecretStage::Current { current } else { previous };
            let is_missing = stage == SecretStage::Current && text.is_none();
            Box::pin(async move {
                if is_missing {
                    Err("down".into())
                } else {
                    Ok(text.map(|text| Secret::new(text.to_owned())))
                }
            })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_rotation_reaches_every_instance_and_invalidates_no_cursor_in_use() {
        let versions = Versions::default();
        let instance = || RotatingCursorKeys::new(CursorKeySetting::Arn("arn".to_owned()), versions.clone());
        let set = |current, previous| *versions.0.lock().expect("a lock") = [current, previous];
        let (before, position) = (instance(), [7; 16]);
        assert!(before.keys().await.is_err(), "the secret can't be read");
        tokio::time::advance(FAILURE_INTERVAL).await;
        set(Some("old"), None);
        let old = before.keys().await.expect("keys").seal(&position, &[]);

        set(Some("new"), Some("old"));
        let after = instance();
        let new = after.keys().await.expect("keys").seal(&position, &[]);
        assert_ne!(old, new);
        assert_eq!(
            after.keys().await.expect("keys").open(&old, &[]),
            Ok(position.to_vec()),
            "the previous key"
        );
        assert!(before.keys().await.expect("keys").open(&new, &[]).is_err(), "not read again yet");
        assert!(before.reread_keys().await.expect("keys").open(&new, &[]).is_err(), "read a moment ago");
        tokio::time::advance(READ_INTERVAL).await;
        assert_eq!(before.reread_keys().await.expect("keys").open(&new, &[]), Ok(position.to_vec()));
        assert_eq!(before.keys().await.expect("keys").seal(&position, &[]), new, "the current key signs");

        set(Some("newest"), Some("new"));
        tokio::time::advance(LIFETIME).await;
        let keys = before.keys().await.expect("keys");
        assert_eq!(
            (keys.open(&new, &[]), keys.open(&old, &[])),
            (Ok(position.to_vec()), Err(InvalidCursor::NotSigned))
        );
        set(None, None);
        tokio::time::advance(LIFETIME).await;
        assert_eq!(
            before.keys().await.expect("the keys that are known").open(&new, &[]),
            Ok(position.to_vec())
        );
        assert!(before.reread_keys().await.is_err(), "an unknown cursor may be of a new key");
    }

    #[tokio::test]
    async fn a_setting_has_one_key() {
        let setting = CursorKeySetting::Key(Secret::new("a key".to_owned()));
        let keys = RotatingCursorKeys::new(setting, Versions::default());
        let cursor = keys.keys().await.expect("keys").seal(&[7; 16], &[]);
        assert_eq!(keys.reread_keys().await.expect("keys").open(&cursor, &[]), Ok(vec![7; 16]));
    }
}
