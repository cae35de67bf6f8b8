//! Attempts of a call.

use crate::DEPENDENCY;
use crate::client::{Client, Failure, Received};
use http::{HeaderMap, StatusCode, header};
use kernel::{BoxError, ErrorChain, PortError, SERVICE_NAME};
use payments_domain::Provider;
use payments_providers::api::{Call, is_transient};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// Limits of the calls of a request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Deadline of an attempt, the response included.
    pub attempt: Duration,
    /// Maximum number of attempts of a call.
    pub attempts: u32,
    /// Maximum wait before the second attempt; twice as long before the third.
    pub backoff: Duration,
    /// Maximum wait that a provider can ask for. After a longer one, the queue repeats the request.
    pub retry_after: Duration,
    /// Deadline of all attempts of a request.
    pub total: Duration,
}

impl Default for Limits {
    /// Limits of a function that has a minute, with time for its own queue and its secrets.
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(10),
            attempts: 3,
            backoff: Duration::from_millis(500),
            retry_after: Duration::from_secs(5),
            total: Duration::from_secs(45),
        }
    }
}

/// Attempts of the calls of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempts {
    pub(crate) provider: Provider,
    pub(crate) limits: Limits,
    pub(crate) ends_at: Instant,
}

/// Outcome of an attempt after which the same call can succeed.
#[derive(Debug, thiserror::Error)]
enum Transient {
    #[error("no response within the deadline")]
    TimedOut,
    #[error("no response")]
    Broken(#[source] BoxError),
    #[error("status {0}")]
    Status(StatusCode),
}

impl Attempts {
    /// Sends a call until its response is final. Every attempt has the same idempotency key.
    pub(crate) async fn send(self, client: &Client, call: &Call) -> Result<(StatusCode, Vec<u8>), PortError> {
        let mut attempt = 1;
        loop {
            let (failure, requested_wait) = match self.attempt(client, call).await? {
                Ok(received) if !is_transient(self.provider, received.status) => {
                    return Ok((received.status, received.body));
                }
                Ok(received) => (Transient::Status(received.status), retry_after(&received.headers)),
                Err(failure) => (failure, None),
            };
            let wait = requested_wait.unwrap_or_else(|| self.backoff(attempt));
            let is_too_long = requested_wait.is_some_and(|wait| wait > self.limits.retry_after);
            if attempt >= self.limits.attempts || is_too_long || Instant::now() + wait >= self.ends_at {
                return Err(PortError::Unavailable { dependency: DEPENDENCY, source: failure.into() });
            }
            let error = ErrorChain(&failure).to_string();
            tracing::warn!(target: SERVICE_NAME, ?call, attempt, error, "the provider is called again");
            sleep(wait).await;
            attempt += 1;
        }
    }

    /// Sends a call once. The outer error is final.
    async fn attempt(self, client: &Client, call: &Call) -> Result<Result<Received, Transient>, PortError> {
        let deadline = (Instant::now() + self.limits.attempt).min(self.ends_at);
        match timeout_at(deadline, client.send(call)).await {
            Err(_elapsed) => Ok(Err(Transient::TimedOut)),
            Ok(Ok(received)) => Ok(Ok(received)),
            Ok(Err(Failure::Broken(source))) => Ok(Err(Transient::Broken(source))),
            Ok(Err(failure @ (Failure::Invalid(_) | Failure::TooLong))) => {
                Err(PortError::Unreadable { dependency: DEPENDENCY, source: failure.into() })
            }
        }
    }

    /// Returns a random wait, so that instances don't call in step.
    fn backoff(self, attempt: u32) -> Duration {
        let max = self.limits.backoff.saturating_mul(1 << (attempt - 1).min(16));
        max.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

/// Returns the wait that a provider asks for, in whole seconds (RFC 9110, 10.2.3). A date is ignored.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
