//! Events on their way to a process, and responses on their way back.

use axum::body::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout;

/// The events of a function that no instance has taken yet, in order. Clones share them.
#[derive(Clone, Debug)]
pub struct InvocationQueue {
    sender: UnboundedSender<Invocation>,
    receiver: Arc<Mutex<UnboundedReceiver<Invocation>>>,
}

/// An event, and the way back for its response.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) event: Bytes,
    pub(crate) deadline: SystemTime,
    pub(crate) response: oneshot::Sender<Response>,
}

/// The response of a function to an event.
#[derive(Clone, Debug)]
pub struct Response {
    /// The body that was posted: `Ok` as a response, `Err` as an error.
    pub result: Result<Bytes, Bytes>,
    /// Instant at which the process got the event.
    pub handed_over_at: Instant,
    /// Instant at which the response arrived.
    pub responded_at: Instant,
}

/// The reason why an invocation has no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The timeout of the function passed first.
    #[error("the function did not respond within {0:?}")]
    TimedOut(Duration),
    /// The process that had the event was killed.
    #[error("the process was killed before it responded")]
    Killed,
}

impl Default for InvocationQueue {
    fn default() -> Self {
        let (sender, receiver) = unbounded_channel();
        Self { sender, receiver: Arc::new(Mutex::new(receiver)) }
    }
}

impl InvocationQueue {
    /// Invokes the function, and waits for its response. The timeout counts from now; its end is
    /// the deadline that the function is given.
    ///
    /// # Errors
    ///
    /// [`InvokeError`]. The function may carry out the event all the same.
    pub async fn invoke(&self, event: impl Into<Bytes>, within: Duration) -> Result<Response, InvokeError> {
        let (sender, receiver) = oneshot::channel();
        let deadline = SystemTime::now() + within;
        let invocation = Invocation { event: event.into(), deadline, response: sender };
        // The receiver is in `self`.
        self.sender.send(invocation).map_err(|_| InvokeError::Killed)?;
        match timeout(within, receiver).await {
            Ok(response) => response.map_err(|_| InvokeError::Killed),
            Err(_) => Err(InvokeError::TimedOut(within)),
        }
    }

    /// The next event. Nothing is lost when the future is dropped.
    pub(crate) async fn next(&self) -> Option<Invocation> {
        self.receiver.lock().await.recv().await
    }
}
