//! Queue of events for the processes of a function, and their responses.

use axum::body::Bytes;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout;

/// Events of a function that no instance has received yet, in order. Clones share them.
#[derive(Clone, Debug)]
pub struct InvocationQueue {
    sender: UnboundedSender<Invocation>,
    receiver: Arc<Mutex<UnboundedReceiver<Invocation>>>,
}

/// Event, and the sender of its response.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) event: Bytes,
    pub(crate) deadline: SystemTime,
    pub(crate) response: oneshot::Sender<Response>,
}

/// Response of a function to an event.
#[derive(Clone, Debug)]
pub struct Response {
    /// Posted body: `Ok` of a response, `Err` of an error.
    pub result: Result<Bytes, Bytes>,
    /// Instant at which the process received the event.
    pub delivered_at: Instant,
    /// Instant at which the response arrived.
    pub responded_at: Instant,
}

/// Error of an invocation without a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvokeError {
    /// The function reached its timeout.
    #[error("the function did not respond within {0:?}")]
    TimedOut(Duration),
    /// The process was killed while it handled the event.
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
    /// Invokes the function, and waits for its response. The timeout begins now; its end is the deadline of
    /// the invocation.
    ///
    /// # Errors
    ///
    /// [`InvokeError`]. The function may have handled the event all the same.
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

    /// Returns the next event. Cancel-safe: a dropped future loses no event.
    pub(crate) async fn next(&self) -> Option<Invocation> {
        self.receiver.lock().await.recv().await
    }
}
