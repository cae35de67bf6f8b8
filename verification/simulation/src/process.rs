//! A function at work on one request, apart from whoever waits for the answer.

use crate::world::{Task, World};
use futures::FutureExt as _;
use std::sync::{Arc, Mutex};

/// Where the answer of a process arrives.
pub(crate) struct Waiting<T>(Arc<Mutex<Option<T>>>);

/// Where a process leaves its answer.
pub(crate) struct Responder<T>(Arc<Mutex<Option<T>>>);

impl<T> Responder<T> {
    /// Answers. The process may go on.
    pub(crate) fn respond(&self, answer: T) {
        *self.0.lock().expect("no panic") = Some(answer);
    }
}

impl<T> Waiting<T> {
    /// The answer. `None` when the process died first, when the answer was lost on its way, and
    /// when we no longer wait for it, whatever the process goes on to do.
    pub(crate) async fn answer(self, world: &World) -> Option<T> {
        let plan = world.plan();
        loop {
            world.turn().await;
            if let Some(answer) = self.0.lock().expect("no panic").take() {
                return (!world.happens(plan.answer_lost)).then_some(answer);
            }
            let is_gone = Arc::strong_count(&self.0) == 1;
            if is_gone || world.happens(world.plan().impatience) {
                return None;
            }
        }
    }
}

/// Starts a process, which can die at every turn.
pub(crate) fn invoke<T, F>(
    world: &Arc<World>,
    name: String,
    work: impl FnOnce(Responder<T>) -> F,
) -> Waiting<T>
where
    F: Future<Output = ()> + Send + 'static,
{
    let slot = Arc::new(Mutex::new(None));
    world.tell(|| format!("{name} begins"));
    let work = work(Responder(Arc::clone(&slot))).boxed();
    world.start(Task { name, work, is_mortal: true });
    Waiting(slot)
}
