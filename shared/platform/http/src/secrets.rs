//! Secrets that the layers and the cursors read, and read again after a rotation.

use futures::future::try_join_all;
use kernel::{BoxError, PortError};
use platform_settings::{Secret, SecretSource, SecretStage};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Minimum time between two reads of a secret, so that requests with a wrong value can't cause a read each.
pub(crate) const READ_INTERVAL: Duration = Duration::from_secs(10);

/// Versions of a secret, in the order of their stages.
pub(crate) struct SecretVersions {
    arn: String,
    stages: &'static [SecretStage],
    source: Box<dyn SecretSource>,
    known: RwLock<Option<Known>>,
    /// Time of the last attempt to read. Locked while reading, so that concurrent requests cause one read.
    last_attempt: Mutex<Option<Instant>>,
}

/// Versions that were read, and the time at which they were.
#[derive(Clone)]
struct Known {
    versions: Arc<[Secret]>,
    read_at: Instant,
}

impl SecretVersions {
    /// Reads nothing yet.
    pub(crate) fn new(
        arn: String,
        stages: &'static [SecretStage],
        source: impl SecretSource + 'static,
    ) -> Self {
        Self {
            arn,
            stages,
            source: Box::new(source),
            known: RwLock::default(),
            last_attempt: Mutex::default(),
        }
    }

    /// Returns the versions that were read within the last `lifetime`; `None` without such a read.
    pub(crate) fn known(&self, lifetime: Duration) -> Option<Arc<[Secret]>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|it| it.read_at.elapsed() < lifetime).map(|it| Arc::clone(&it.versions))
    }

    /// Reads the versions, unless an attempt to do so is more recent than [`READ_INTERVAL`].
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the read fails, or when no read has succeeded yet.
    pub(crate) async fn read(&self) -> Result<(), PortError> {
        let mut last_attempt = self.last_attempt.lock().await;
        if last_attempt.is_some_and(|at| at.elapsed() < READ_INTERVAL) {
            let known = self.known(Duration::MAX);
            return known.map(drop).ok_or_else(|| unavailable("the last attempt has failed".into()));
        }
        let read_at = Instant::now();
        *last_attempt = Some(read_at);
        let reads = self.stages.iter().map(|stage| self.source.read(&self.arn, *stage));
        let versions = try_join_all(reads).await.map_err(unavailable)?.into_iter().flatten().collect();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Known { versions, read_at });
        Ok(())
    }
}

/// Returns the error of a secret that can't be read.
pub(crate) fn unavailable(source: BoxError) -> PortError {
    PortError::Unavailable { dependency: "Secrets Manager", source }
}
