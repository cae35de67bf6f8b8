//! The bus, and where its rejects go.

use orders::ports::{DeadLetters, Delivery, EventPublisher, PortError};
use orders::{DeadLetter, Event};
use std::sync::Mutex;

/// Dead letters in memory.
#[derive(Debug, Default)]
pub struct InMemoryDeadLetters {
    letters: Mutex<Vec<DeadLetter>>,
}

impl InMemoryDeadLetters {
    /// What was buried so far.
    ///
    /// # Panics
    ///
    /// When a test has while burying.
    #[must_use]
    pub fn letters(&self) -> Vec<DeadLetter> {
        self.letters.lock().expect("no panic").clone()
    }
}

impl DeadLetters for InMemoryDeadLetters {
    async fn bury(&self, letter: &DeadLetter) -> Result<(), PortError> {
        self.letters.lock().expect("no panic").push(letter.clone());
        Ok(())
    }
}

/// A bus in memory, and what was published on it.
#[derive(Debug, Default)]
pub struct InMemoryBus {
    events: Mutex<Vec<Event>>,
}

impl InMemoryBus {
    /// What was published so far.
    ///
    /// # Panics
    ///
    /// When a test has while publishing.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().expect("no panic").clone()
    }
}

impl EventPublisher for InMemoryBus {
    async fn publish(&self, events: &[Event]) -> Vec<Delivery> {
        self.events.lock().expect("no panic").extend_from_slice(events);
        events.iter().map(|_| Delivery::Accepted).collect()
    }
}
