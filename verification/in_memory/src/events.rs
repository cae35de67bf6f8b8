//! The bus, and where its rejects go.

use orders_domain::ports::{BuriedEvents, DeadLetters, Delivery, EventPublisher, PortError};
use orders_domain::{BuriedEvent, DeadLetter, Event, PendingEvent};
use std::sync::{Mutex, MutexGuard};

/// Dead letters in memory.
#[derive(Debug, Default)]
pub struct InMemoryDeadLetters {
    letters: Mutex<Vec<Kept>>,
}

#[derive(Debug)]
struct Kept {
    letter: DeadLetter,
    is_hidden: bool,
    is_forgotten: bool,
}

impl InMemoryDeadLetters {
    /// What was buried so far, and not forgotten since.
    ///
    /// # Panics
    ///
    /// When a test has while burying.
    #[must_use]
    pub fn letters(&self) -> Vec<DeadLetter> {
        self.kept().iter().filter(|kept| !kept.is_forgotten).map(|kept| kept.letter.clone()).collect()
    }

    /// Ends the time for which exhumed letters are hidden from others.
    ///
    /// # Panics
    ///
    /// When a test has while burying.
    pub fn show_hidden(&self) {
        self.kept().iter_mut().for_each(|kept| kept.is_hidden = false);
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.letters.lock().expect("no panic")
    }
}

impl DeadLetters for InMemoryDeadLetters {
    async fn bury(&self, letter: &DeadLetter) -> Result<(), PortError> {
        self.kept().push(Kept { letter: letter.clone(), is_hidden: false, is_forgotten: false });
        Ok(())
    }
}

impl BuriedEvents for InMemoryDeadLetters {
    async fn exhume(&self) -> Result<Vec<Result<BuriedEvent, PortError>>, PortError> {
        let mut kept = self.kept();
        let visible = kept.iter_mut().enumerate().filter(|(_, kept)| !kept.is_hidden && !kept.is_forgotten);
        let exhume = |(receipt, kept): (usize, &mut Kept)| {
            kept.is_hidden = true;
            let event = &kept.letter.event;
            Ok(BuriedEvent {
                tenant: event.order.tenant().clone(),
                order_id: event.order.id(),
                event: PendingEvent {
                    version: event.order.version(),
                    traceparent: event.traceparent.clone(),
                },
                receipt: receipt.to_string(),
            })
        };
        Ok(visible.map(exhume).collect())
    }

    async fn forget(&self, letter: &BuriedEvent) -> Result<(), PortError> {
        let receipt: usize = letter.receipt.parse().expect("one of our receipts");
        self.kept()[receipt].is_forgotten = true;
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
