//! Endpoints that were read.

use kernel::PortError;
use payments_domain::{Endpoint, EndpointId};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Time for which an endpoint is used without reading it again.
pub(crate) const LIFETIME: Duration = Duration::from_mins(5);
/// Minimum time between two reads of an endpoint, so that requests with wrong signatures can't cause a read each.
pub(crate) const MIN_INTERVAL: Duration = Duration::from_mins(1);
/// Maximum number of endpoints. Unknown ones count, too: anybody can ask for them.
const MAX_ENTRIES: usize = 1_000;

/// Endpoints that were read, and those that don't exist, by the time of the read. Locked while reading: an instance serves one
/// request at a time.
#[derive(Debug, Default)]
pub(crate) struct Cache(Mutex<HashMap<EndpointId, (Option<Endpoint>, Instant)>>);

impl Cache {
    /// Returns `true` when an endpoint was read within a time.
    pub(crate) async fn is_fresh(&self, id: &EndpointId, lifetime: Duration) -> bool {
        self.0.lock().await.get(id).is_some_and(|(_, read_at)| read_at.elapsed() < lifetime)
    }

    /// Returns an endpoint that was read within `lifetime`, or reads it.
    pub(crate) async fn get_or_read(
        &self,
        id: &EndpointId,
        lifetime: Duration,
        read: impl AsyncFnOnce() -> Result<Option<Endpoint>, PortError>,
    ) -> Result<Option<Endpoint>, PortError> {
        let mut known = self.0.lock().await;
        if let Some((endpoint, read_at)) = known.get(id)
            && read_at.elapsed() < lifetime
        {
            return Ok(endpoint.clone());
        }
        let endpoint = read().await?;
        if known.len() >= MAX_ENTRIES {
            // Names that nobody has must not displace the others.
            known.retain(|_, (endpoint, _)| endpoint.is_some());
        }
        if known.len() >= MAX_ENTRIES {
            known.clear();
        }
        known.insert(id.clone(), (endpoint.clone(), Instant::now()));
        Ok(endpoint)
    }
}
