//! Delay of a response.

use std::time::Duration;

/// Waits for the delay. A timer would turn a delay of 0 into a millisecond.
pub(super) async fn wait(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}
