//! Values of secrets that were read.

use kernel::PortError;
use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Time for which a value is used without reading it again.
const LIFETIME: Duration = Duration::from_mins(5);
/// Minimum time between two reads of a value, so that requests with wrong signatures, and rejected keys, can't cause a read each.
const MIN_INTERVAL: Duration = Duration::from_mins(1);
/// Maximum number of values. Unknown ones count, too: anybody can ask for endpoints.
const MAX_ENTRIES: usize = 1_000;

/// Values that were read, and names without one, by the time of the read. Locked while reading: an instance serves one request at
/// a time.
#[derive(Debug)]
pub(crate) struct Cache<K, V>(Mutex<HashMap<K, (Option<V>, Instant)>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Cache<K, V> {
    /// Returns a value that was read some minutes ago, or reads it.
    pub(crate) async fn find(
        &self,
        key: &K,
        read: impl AsyncFnOnce() -> Result<Option<V>, PortError>,
    ) -> Result<Option<V>, PortError> {
        self.get_or_read(key, LIFETIME, read).await
    }

    /// Reads a value again; `None` when it was read within the last minute.
    pub(crate) async fn renewed(
        &self,
        key: &K,
        read: impl AsyncFnOnce() -> Result<Option<V>, PortError>,
    ) -> Result<Option<V>, PortError> {
        let is_fresh = self.0.lock().await.get(key).is_some_and(|(_, at)| at.elapsed() < MIN_INTERVAL);
        if is_fresh { Ok(None) } else { self.get_or_read(key, MIN_INTERVAL, read).await }
    }

    /// Returns a value that was read within `lifetime`, or reads it.
    async fn get_or_read(
        &self,
        key: &K,
        lifetime: Duration,
        read: impl AsyncFnOnce() -> Result<Option<V>, PortError>,
    ) -> Result<Option<V>, PortError> {
        let mut known = self.0.lock().await;
        if let Some((value, read_at)) = known.get(key)
            && read_at.elapsed() < lifetime
        {
            return Ok(value.clone());
        }
        let value = read().await?;
        if known.len() >= MAX_ENTRIES {
            // Names that nobody has must not displace the others.
            known.retain(|_, (value, _)| value.is_some());
        }
        if known.len() >= MAX_ENTRIES {
            known.clear();
        }
        known.insert(key.clone(), (value.clone(), Instant::now()));
        Ok(value)
    }
}
