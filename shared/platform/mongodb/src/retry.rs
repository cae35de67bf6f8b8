//! Retries of failed operations within their deadline.

use crate::error::OperationError;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Upper limit of the first wait; doubled with each one. The waits are random below it, so that clients whose
/// writes conflict do not meet again (AWS Architecture Blog, "Exponential Backoff And Jitter").
const FIRST_BACKOFF: Duration = Duration::from_millis(5);
const MAX_BACKOFF: Duration = Duration::from_millis(200);

/// Deadline of an operation with all its retries.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) duration: Duration,
    pub(crate) end: Instant,
}

/// Decides whether an operation is retried.
#[derive(Debug)]
pub(crate) struct Retry {
    pub(crate) deadline: Deadline,
    is_repeatable: bool,
    has_lost_connection: bool,
    backoff: Duration,
}

impl Deadline {
    fn after(duration: Duration) -> Self {
        Self { duration, end: Instant::now() + duration }
    }

    /// Starts again, for an operation with another login. The server has not executed it with the refused one.
    pub(crate) fn restart(&mut self) {
        *self = Self::after(self.duration);
    }

    /// Waits for work that does not count, because it has a deadline of its own.
    pub(crate) async fn paused<T>(&mut self, work: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let output = work.await;
        self.end += started.elapsed();
        output
    }
}

impl Retry {
    /// Retries an operation only if the server has not executed it.
    pub(crate) fn for_any_operation(deadline: Duration) -> Self {
        let deadline = Deadline::after(deadline);
        Self { deadline, is_repeatable: false, has_lost_connection: false, backoff: FIRST_BACKOFF }
    }

    /// Retries an operation also if the server may have executed it.
    pub(crate) fn for_repeatable_operation(deadline: Duration) -> Self {
        Self { is_repeatable: true, ..Self::for_any_operation(deadline) }
    }

    /// Waits before the operation is retried after `error`. Returns `false` when it must not be retried, or when no
    /// time is left. A lost connection is retried once: when the next one breaks too, the server is down.
    pub(crate) async fn wait_after(&mut self, error: &OperationError) -> bool {
        let is_first_loss =
            error.is_connection_lost() && !std::mem::replace(&mut self.has_lost_connection, true);
        if !(error.is_not_executed() || self.is_repeatable && (error.is_interrupted() || is_first_loss)) {
            return false;
        }
        let wait = self.backoff.mul_f64(fastrand::f64());
        if Instant::now() + wait >= self.deadline.end {
            return false;
        }
        sleep(wait).await;
        self.backoff = (self.backoff * 2).min(MAX_BACKOFF);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn lost() -> OperationError {
        OperationError::Driver(io::Error::from(io::ErrorKind::ConnectionReset).into())
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_connection_is_repeated_once_if_that_is_safe() {
        let mut repeatable = Retry::for_repeatable_operation(Duration::from_secs(3));
        assert!(repeatable.wait_after(&lost()).await);
        assert!(!repeatable.wait_after(&lost()).await);
        assert!(!Retry::for_any_operation(Duration::from_secs(3)).wait_after(&lost()).await);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_for_a_login_does_not_count() {
        let mut deadline = Deadline::after(Duration::from_secs(3));
        let end = deadline.end;
        deadline.paused(sleep(Duration::from_secs(2))).await;
        assert_eq!(deadline.end, end + Duration::from_secs(2));
        sleep(Duration::from_secs(1)).await;
        deadline.restart();
        assert_eq!(deadline.end, Instant::now() + Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_repeated_after_a_timeout_or_the_deadline() {
        let mut repeatable = Retry::for_repeatable_operation(Duration::from_secs(3));
        assert!(!repeatable.wait_after(&OperationError::TimedOut(Duration::from_secs(3))).await);
        let mut late = Retry::for_repeatable_operation(Duration::ZERO);
        assert!(!late.wait_after(&lost()).await);
    }
}
