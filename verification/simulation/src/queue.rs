//! Queue that delivers its messages at least once, and in any sequence.

use crate::world::World;
use std::sync::{Mutex, MutexGuard};

/// Queue in memory.
#[derive(Debug)]
pub(crate) struct Queue<T>(Mutex<Vec<T>>);

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Queue<T> {
    pub(crate) fn send(&self, message: T) {
        self.messages().push(message);
    }

    /// Takes a random message out of the queue, or receives it and leaves it there.
    pub(crate) fn take(&self, world: &World) -> Option<T> {
        let is_repeated = world.happens(world.plan().message_repeated);
        let mut messages = self.messages();
        if messages.is_empty() {
            return None;
        }
        let index = world.below(messages.len());
        Some(if is_repeated { messages[index].clone() } else { messages.swap_remove(index) })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.messages().is_empty()
    }

    fn messages(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().expect("no panic")
    }
}
