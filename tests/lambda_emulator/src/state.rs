//! State that the two APIs of a process share.

use crate::queue::{InvocationQueue, Response};
use crate::status::StatusWatch;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::{Notify, oneshot};

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) queue: InvocationQueue,
    pub(crate) status: StatusWatch,
    /// Wakes the extensions registered for `INVOKE`.
    pub(crate) invoked: Notify,
    running: Mutex<Option<Running>>,
}

/// Current invocation of the process.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) id: String,
    pub(crate) delivered_at: Instant,
    pub(crate) response: oneshot::Sender<Response>,
}

impl State {
    pub(crate) fn new(queue: InvocationQueue) -> Self {
        Self { queue, status: StatusWatch::default(), invoked: Notify::new(), running: Mutex::default() }
    }

    /// Stores the current invocation.
    pub(crate) fn begin(&self, running: Running) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(running);
    }

    /// Removes and returns the invocation with this identifier.
    pub(crate) fn finish(&self, id: &str) -> Option<Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).take_if(|running| running.id == id)
    }

    /// Ends the polls of the process. The caller of its invocation gets an error.
    pub(crate) fn end(&self) {
        self.status.ended();
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
