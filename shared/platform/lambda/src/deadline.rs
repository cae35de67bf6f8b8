//! Deadline for the elements of a batch.

use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Time reserved for the response.
const RESPONSE_MARGIN: Duration = Duration::from_secs(1);

/// Time until which elements of a batch are processed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// Returns the deadline of an invocation that has this time left.
    pub(crate) fn after(remaining: Duration) -> Self {
        Self(Instant::now() + remaining.saturating_sub(RESPONSE_MARGIN))
    }

    /// Returns the result of work that ends before the deadline. Does not begin it afterwards.
    pub(crate) async fn in_time<T>(self, work: impl Future<Output = T>) -> Option<T> {
        if Instant::now() < self.0 { timeout_at(self.0, work).await.ok() } else { None }
    }
}
