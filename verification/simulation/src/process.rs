//! Process: a function that handles one request, independent of the client that waits for the response.

use crate::world::{Task, World};
use futures::FutureExt as _;
use std::sync::{Arc, Mutex};

/// Receiver of the response of a process.
pub(crate) struct PendingResponse<T>(Arc<Mutex<Option<T>>>);

/// Sender of the response of a process.
pub(crate) struct Responder<T>(Arc<Mutex<Option<T>>>);

impl<T> Responder<T> {
    /// Sends the response. The process may continue.
    pub(crate) fn respond(&self, response: T) {
        *self.0.lock().expect("no panic") = Some(response);
    }
}

impl<T> PendingResponse<T> {
    /// Waits for the response. Returns `None` when the process crashed before, when the response was lost,
    /// and when the client timed out. The process may continue in the latter cases.
    pub(crate) async fn receive(self, world: &World) -> Option<T> {
        let plan = world.plan();
        loop {
            world.yield_turn().await;
            if let Some(response) = self.0.lock().expect("no panic").take() {
                return (!world.happens(plan.response_lost)).then_some(response);
            }
            let has_ended = Arc::strong_count(&self.0) == 1;
            if has_ended || world.happens(world.plan().client_timeout) {
                return None;
            }
        }
    }
}

/// Starts a process, which can crash at every turn.
pub(crate) fn invoke<T, F>(
    world: &Arc<World>,
    name: String,
    work: impl FnOnce(Responder<T>) -> F,
) -> PendingResponse<T>
where
    F: Future<Output = ()> + Send + 'static,
{
    let response = Arc::new(Mutex::new(None));
    world.trace(|| format!("{name} starts"));
    let work = work(Responder(Arc::clone(&response))).boxed();
    world.spawn(Task { name, work, can_crash: true });
    PendingResponse(response)
}
