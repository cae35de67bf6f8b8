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
    may_have_been_executed: bool,
    backoff: Duration,
}

impl Deadline {
    fn after(duration: Duration) -> Self {
        Self { duration, end: Instant::now() + duration }
    }

    /// Excludes the time since `started`, in which a login was read or refused.
    pub(crate) fn exclude_since(&mut self, started: Instant) {
        self.end += started.elapsed();
    }
}

impl Retry {
    /// Retries an operation only if the server has not executed it.
    pub(crate) fn for_any_operation(deadline: Duration) -> Self {
        let deadline = Deadline::after(deadline);
        Self { deadline, is_repeatable: false, may_have_been_executed: false, backoff: FIRST_BACKOFF }
    }

    /// Retries an operation also if the server may have executed it.
    pub(crate) fn for_repeatable_operation(deadline: Duration) -> Self {
        Self { is_repeatable: true, ..Self::for_any_operation(deadline) }
    }

    /// Waits before the operation is retried after `error`. Returns `false` when it must not be retried, or when no
    /// time is left. After an interruption or a lost connection, which may have followed the effect, it is retried
    /// once: when that happens again, the server is down.
    pub(crate) async fn wait_after(&mut self, error: &OperationError) -> bool {
        if !error.is_not_executed() {
            let may_be_executed = error.is_interrupted() || error.is_connection_lost();
            let is_first = !std::mem::replace(&mut self.may_have_been_executed, true);
            if !(self.is_repeatable && may_be_executed && is_first) {
                return false;
            }
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
        sleep(Duration::from_secs(1)).await;
        let started = Instant::now();
        sleep(Duration::from_secs(2)).await;
        deadline.exclude_since(started);
        assert_eq!(deadline.end, end + Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_repeated_after_a_timeout_or_the_deadline() {
        let mut repeatable = Retry::for_repeatable_operation(Duration::from_secs(3));
        assert!(!repeatable.wait_after(&OperationError::TimedOut(Duration::from_secs(3))).await);
        let mut late = Retry::for_repeatable_operation(Duration::ZERO);
        assert!(!late.wait_after(&lost()).await);
    }
}
