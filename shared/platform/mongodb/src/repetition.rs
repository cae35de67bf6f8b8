//! Repetition of failed operations within their deadline.

use crate::error::OperationError;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Upper limit of the first wait; doubled with each one. The waits are random below it, so that clients whose
/// writes conflict do not meet again (AWS Architecture Blog, "Exponential Backoff And Jitter").
const FIRST_BACKOFF: Duration = Duration::from_millis(5);
const MAX_BACKOFF: Duration = Duration::from_millis(200);

/// Deadline of an operation with all its repetitions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) duration: Duration,
    pub(crate) end: Instant,
}

/// Decides whether an operation is repeated.
#[derive(Debug)]
pub(crate) struct Repetition {
    pub(crate) deadline: Deadline,
    is_repeatable: bool,
    has_lost_connection: bool,
    backoff: Duration,
}

impl Repetition {
    /// Repeats an operation only if the server has not executed it.
    pub(crate) fn of_any_operation(deadline: Duration) -> Self {
        let deadline = Deadline { duration: deadline, end: Instant::now() + deadline };
        Self { deadline, is_repeatable: false, has_lost_connection: false, backoff: FIRST_BACKOFF }
    }

    /// Repeats an operation also if the server may have executed it.
    pub(crate) fn of_repeatable_operation(deadline: Duration) -> Self {
        Self { is_repeatable: true, ..Self::of_any_operation(deadline) }
    }

    /// Waits before the operation is repeated after `error`. Returns `false` when it must not be, or when no time
    /// is left. A lost connection is repeated once: when the next one breaks too, the server is down.
    pub(crate) async fn next(&mut self, error: &OperationError) -> bool {
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
        let mut repeatable = Repetition::of_repeatable_operation(Duration::from_secs(3));
        assert!(repeatable.next(&lost()).await);
        assert!(!repeatable.next(&lost()).await);
        assert!(!Repetition::of_any_operation(Duration::from_secs(3)).next(&lost()).await);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_repeated_after_a_timeout_or_the_deadline() {
        let mut repeatable = Repetition::of_repeatable_operation(Duration::from_secs(3));
        assert!(!repeatable.next(&OperationError::TimedOut(Duration::from_secs(3))).await);
        let mut late = Repetition::of_repeatable_operation(Duration::ZERO);
        assert!(!late.next(&lost()).await);
    }
}
