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
/// The same after a read that has failed.
pub(crate) const FAILURE_INTERVAL: Duration = Duration::from_secs(1);

/// Versions of a secret at its stages, of which the first is required.
pub(crate) struct SecretVersions {
    arn: String,
    stages: &'static [SecretStage],
    source: Box<dyn SecretSource>,
    known: RwLock<Option<Known>>,
    /// Locked while reading, so that concurrent requests cause one read.
    last_attempt: Mutex<Option<Attempt>>,
}

/// Versions that were read, and the time at which they were.
#[derive(Clone)]
struct Known {
    versions: Arc<[Secret]>,
    read_at: Instant,
}

/// Last completed attempt to read.
#[derive(Clone, Copy)]
struct Attempt {
    at: Instant,
    has_failed: bool,
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

    /// Reads the versions. An attempt within [`READ_INTERVAL`] of the last one, or [`FAILURE_INTERVAL`] if that has
    /// failed, has the same outcome without a read.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when the read fails.
    pub(crate) async fn read(&self) -> Result<(), PortError> {
        let mut last_attempt = self.last_attempt.lock().await;
        match *last_attempt {
            Some(Attempt { at, has_failed: true }) if at.elapsed() < FAILURE_INTERVAL => {
                return Err(unavailable("the last attempt has failed".into()));
            }
            Some(Attempt { at, has_failed: false }) if at.elapsed() < READ_INTERVAL => return Ok(()),
            _ => {}
        }
        // Set after the read: a caller can be cancelled, and must not count as an attempt then.
        let outcome = self.read_all().await;
        *last_attempt = Some(Attempt { at: Instant::now(), has_failed: outcome.is_err() });
        let known = Known { versions: outcome?, read_at: Instant::now() };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        Ok(())
    }

    async fn read_all(&self) -> Result<Arc<[Secret]>, PortError> {
        let reads = self.stages.iter().map(|stage| self.source.read(&self.arn, *stage));
        let versions = try_join_all(reads).await.map_err(unavailable)?;
        if versions.first().is_none_or(Option::is_none) {
            return Err(unavailable("the secret has no text".into()));
        }
        Ok(versions.into_iter().flatten().collect())
    }
}

/// Returns the error of a secret that can't be read.
pub(crate) fn unavailable(source: BoxError) -> PortError {
    PortError::Unavailable { dependency: "Secrets Manager", source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform_settings::SecretFuture;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::time::{sleep, timeout};

    /// Source that takes a second, and has another text for each read.
    #[derive(Default)]
    struct Slow(AtomicUsize);

    impl SecretSource for Slow {
        fn read<'a>(&'a self, _: &'a str, stage: SecretStage) -> SecretFuture<'a> {
            Box::pin(async move {
                sleep(Duration::from_secs(1)).await;
                let text = self.0.fetch_add(1, Ordering::SeqCst).to_string();
                Ok((stage == SecretStage::Current).then(|| Secret::new(text)))
            })
        }
    }

    fn texts(versions: &SecretVersions) -> Vec<String> {
        let known = versions.known(Duration::MAX).unwrap_or_default();
        known.iter().map(|secret| secret.expose().to_owned()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_read_is_no_attempt() {
        let versions = SecretVersions::new("arn".to_owned(), &[SecretStage::Current], Slow::default());
        assert!(timeout(Duration::from_millis(500), versions.read()).await.is_err());
        assert!(versions.read().await.is_ok());
        assert_eq!(texts(&versions), ["0"]);
        assert!(versions.read().await.is_ok());
        assert_eq!(texts(&versions), ["0"], "read a moment ago");
        sleep(READ_INTERVAL).await;
        assert!(timeout(Duration::from_millis(500), versions.read()).await.is_err());
        assert!(versions.read().await.is_ok());
        assert_eq!(texts(&versions), ["1"]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_stage_is_required_and_a_failure_is_not_repeated_for_each_request() {
        let versions = SecretVersions::new("arn".to_owned(), &[SecretStage::Pending], Slow::default());
        let started = Instant::now();
        for _ in 0..3 {
            assert!(versions.read().await.is_err());
        }
        assert_eq!(started.elapsed(), Duration::from_secs(1), "one read");
        sleep(FAILURE_INTERVAL).await;
        assert!(versions.read().await.is_err());
        assert_eq!(started.elapsed(), Duration::from_secs(3), "another one");
    }
}
