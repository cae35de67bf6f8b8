//! Connections during the start.

use kernel::{ErrorChain, PortError, SERVICE_NAME};
use std::time::Duration;
use tokio::time::timeout;

/// Time for the connections during the start. The first request waits for them too, and must get a response
/// although a store hangs.
const WARM_UP_TIMEOUT: Duration = Duration::from_millis(500);

/// Waits for probes, which open connections, for a limited time. Logs a warning for each dependency that is
/// not reachable: the function starts nevertheless, and its requests try again.
pub async fn warm_up<const N: usize>(probes: impl Future<Output = [Result<(), PortError>; N]>) {
    let Ok(results) = timeout(WARM_UP_TIMEOUT, probes).await else {
        let limit_ms = WARM_UP_TIMEOUT.as_millis();
        tracing::warn!(target: SERVICE_NAME, limit_ms, "a dependency did not respond during the start");
        return;
    };
    for reason in results.into_iter().filter_map(Result::err) {
        let error = ErrorChain(&reason).to_string();
        tracing::warn!(target: SERVICE_NAME, error, "a dependency was not reachable during the start");
    }
}
