//! Phase of a process, from its start to its end.

use axum::body::Bytes;
use std::time::Instant;
use tokio::sync::watch;

/// Phase of a process, and the counts that determine the next one.
#[derive(Debug, Default)]
pub(crate) struct Status {
    phase: Phase,
    /// Number of extensions registered for `INVOKE`. An idle process requires a poll of each of them.
    extensions: usize,
    /// Number of polls since the last event was delivered.
    polls: usize,
}

#[derive(Clone, Debug, Default)]
enum Phase {
    /// The function or one of its extensions has not polled yet.
    #[default]
    Starting,
    /// The function and its extensions have polled, the last of them at this instant.
    Idle(Instant),
    /// An event was delivered.
    Working,
    /// The function reported an error instead of its first poll.
    InitFailed(Bytes),
    /// The process has ended.
    Ended,
}

/// Error of a process that will not poll for an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// The function reported this error during its initialisation.
    #[error("initialisation failed: {}", String::from_utf8_lossy(.0))]
    InitFailed(Bytes),
    /// The process was killed.
    #[error("the process was killed")]
    Killed,
}

/// [`Status`] with notifications of its changes.
#[derive(Debug, Default)]
pub(crate) struct StatusWatch(watch::Sender<Status>);

impl StatusWatch {
    /// Records that the function, or an extension registered for `INVOKE`, polls for an event.
    pub(crate) fn polled(&self) {
        let now = Instant::now();
        self.change(|status| {
            status.polls += 1;
            if status.polls > status.extensions {
                status.phase = Phase::Idle(now);
            }
        });
    }

    /// Records the delivery of an event to the function.
    pub(crate) fn delivered(&self) {
        self.change(|status| {
            status.polls = 0;
            status.phase = Phase::Working;
        });
    }

    /// Records an extension registered for `INVOKE`.
    pub(crate) fn registered(&self) {
        self.change(|status| status.extensions += 1);
    }

    /// Records an initialisation error.
    pub(crate) fn init_failed(&self, error: Bytes) {
        self.change(|status| status.phase = Phase::InitFailed(error));
    }

    /// Records that the process has ended.
    pub(crate) fn ended(&self) {
        self.change(|status| status.phase = Phase::Ended);
    }

    /// Changes the status, unless the process has ended.
    fn change(&self, change: impl FnOnce(&mut Status)) {
        self.0.send_if_modified(|status| {
            let is_alive = !matches!(status.phase, Phase::Ended);
            if is_alive {
                change(status);
            }
            is_alive
        });
    }

    /// Returns `true` from the delivery of an event until the function and all extensions have polled again.
    pub(crate) fn is_working(&self) -> bool {
        matches!(self.0.borrow().phase, Phase::Working)
    }

    /// Waits until the process has ended.
    pub(crate) async fn until_ended(&self) {
        let ended = |status: &Status| matches!(status.phase, Phase::Ended);
        // Fails when the sender was dropped, after the end of the process.
        let _ = self.0.subscribe().wait_for(ended).await;
    }

    /// Waits until the function and all extensions have polled; returns the instant of the last poll.
    pub(crate) fn until_idle(&self) -> impl Future<Output = Result<Instant, NotReady>> + use<> {
        let mut status = self.0.subscribe();
        async move {
            let is_settled = |it: &Status| !matches!(it.phase, Phase::Starting | Phase::Working);
            let status = status.wait_for(is_settled).await.map_err(|_| NotReady::Killed)?;
            match &status.phase {
                Phase::Idle(since) => Ok(*since),
                Phase::InitFailed(error) => Err(NotReady::InitFailed(error.clone())),
                Phase::Starting | Phase::Working | Phase::Ended => Err(NotReady::Killed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    async fn is_idle(status: &StatusWatch) -> bool {
        // Polls once, without waiting.
        timeout(Duration::ZERO, status.until_idle()).await.is_ok_and(|it| it.is_ok())
    }

    #[tokio::test]
    async fn a_process_is_idle_when_its_extensions_poll_too() {
        let status = StatusWatch::default();
        status.registered();
        status.polled();
        assert!(!is_idle(&status).await);
        status.polled();
        assert!(is_idle(&status).await);
        status.delivered();
        assert!(status.is_working());
        status.polled();
        assert!(!is_idle(&status).await);
        status.polled();
        assert!(is_idle(&status).await && !status.is_working());
    }

    #[tokio::test]
    async fn an_ended_process_stays_ended() {
        let status = StatusWatch::default();
        status.ended();
        status.polled();
        status.delivered();
        assert_eq!(status.until_idle().await, Err(NotReady::Killed));
        status.until_ended().await;
    }
}
