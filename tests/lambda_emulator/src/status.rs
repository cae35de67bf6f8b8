//! The phase that a process is in, from its start to its end.

use axum::body::Bytes;
use std::time::Instant;
use tokio::sync::watch;

/// The phase of a process, and what counts towards the next one.
#[derive(Debug, Default)]
pub(crate) struct Status {
    phase: Phase,
    /// Extensions that registered for `INVOKE`. The process is idle when they poll, too.
    extensions: usize,
    /// Polls since the last event was handed over.
    polls: usize,
}

#[derive(Clone, Debug, Default)]
enum Phase {
    /// Not everyone has polled yet.
    #[default]
    Starting,
    /// The function and its extensions have polled, the last of them at this instant.
    Idle(Instant),
    /// Since an event was handed over.
    Working,
    /// The function reported an error instead of its first poll.
    InitFailed(Bytes),
    /// The process is gone.
    Ended,
}

/// The reason why a process will not ask for an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// The function reported this error during its initialisation.
    #[error("initialisation failed: {}", String::from_utf8_lossy(.0))]
    InitFailed(Bytes),
    /// The process was killed.
    #[error("the process was killed")]
    Killed,
}

/// A [`Status`] that can be waited for.
#[derive(Debug, Default)]
pub(crate) struct StatusWatch(watch::Sender<Status>);

impl StatusWatch {
    /// Notes that the function, or an extension that registered for `INVOKE`, asks for an event.
    pub(crate) fn polled(&self) {
        let now = Instant::now();
        self.change(|status| {
            status.polls += 1;
            if status.polls > status.extensions {
                status.phase = Phase::Idle(now);
            }
        });
    }

    /// Notes that the function got an event.
    pub(crate) fn handed_over(&self) {
        self.change(|status| {
            status.polls = 0;
            status.phase = Phase::Working;
        });
    }

    /// Notes an extension that registered for `INVOKE`.
    pub(crate) fn registered(&self) {
        self.change(|status| status.extensions += 1);
    }

    /// Notes an error of the initialisation.
    pub(crate) fn init_failed(&self, error: Bytes) {
        self.change(|status| status.phase = Phase::InitFailed(error));
    }

    /// Notes that the process is gone.
    pub(crate) fn ended(&self) {
        self.change(|status| status.phase = Phase::Ended);
    }

    /// Changes the status, unless the process is gone.
    fn change(&self, change: impl FnOnce(&mut Status)) {
        self.0.send_if_modified(|status| {
            let is_alive = !matches!(status.phase, Phase::Ended);
            if is_alive {
                change(status);
            }
            is_alive
        });
    }

    /// Is `true` from the handing over of an event until everyone has polled again.
    pub(crate) fn is_working(&self) -> bool {
        matches!(self.0.borrow().phase, Phase::Working)
    }

    /// Waits until the process is gone.
    pub(crate) async fn until_ended(&self) {
        let ended = |status: &Status| matches!(status.phase, Phase::Ended);
        // It fails when the sender is gone, and the process with it.
        let _ = self.0.subscribe().wait_for(ended).await;
    }

    /// Waits until everyone has polled; returns the instant of the last poll.
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
        // Looks once, without waiting.
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
        status.handed_over();
        assert!(status.is_working());
        status.polled();
        assert!(!is_idle(&status).await);
        status.polled();
        assert!(is_idle(&status).await && !status.is_working());
    }

    #[tokio::test]
    async fn a_process_that_is_gone_stays_gone() {
        let status = StatusWatch::default();
        status.ended();
        status.polled();
        status.handed_over();
        assert_eq!(status.until_idle().await, Err(NotReady::Killed));
        status.until_ended().await;
    }
}
