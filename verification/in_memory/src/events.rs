//! Bus and dead-letter queue.

use kernel::PortError;
use orders_domain::{Event, EventAddress};
use platform_outbox::{DeadLetter, DeadLetterQueue, Delivery, Publisher, ReceivedDeadLetter};
use std::sync::{Arc, Mutex, MutexGuard};

/// Dead-letter queue in memory.
#[derive(Debug, Default)]
pub struct InMemoryDeadLetters {
    messages: Mutex<Vec<Message>>,
}

#[derive(Debug)]
struct Message {
    letter: DeadLetter<Event>,
    is_hidden: bool,
    is_deleted: bool,
}

impl InMemoryDeadLetters {
    /// Returns the dead letters that were sent but not deleted.
    ///
    /// # Panics
    ///
    /// When a test has panicked while sending.
    #[must_use]
    pub fn letters(&self) -> Vec<DeadLetter<Event>> {
        let messages = self.messages();
        messages.iter().filter(|message| !message.is_deleted).map(|message| message.letter.clone()).collect()
    }

    /// Ends the visibility timeout of received messages.
    ///
    /// # Panics
    ///
    /// When a test has panicked while sending.
    pub fn end_visibility_timeout(&self) {
        self.messages().iter_mut().for_each(|message| message.is_hidden = false);
    }

    fn messages(&self) -> MutexGuard<'_, Vec<Message>> {
        self.messages.lock().expect("no panic")
    }
}

impl DeadLetterQueue for InMemoryDeadLetters {
    type Payload = Event;
    type Address = EventAddress;

    async fn send(&self, letter: &DeadLetter<Event>) -> Result<(), PortError> {
        self.messages().push(Message { letter: letter.clone(), is_hidden: false, is_deleted: false });
        Ok(())
    }

    async fn receive(&self) -> Result<Vec<Result<ReceivedDeadLetter<EventAddress>, PortError>>, PortError> {
        let mut messages = self.messages();
        let visible = messages.iter_mut().enumerate().filter(|(_, it)| !it.is_hidden && !it.is_deleted);
        let receive = |(receipt, message): (usize, &mut Message)| {
            message.is_hidden = true;
            let address = EventAddress::from(&message.letter.payload);
            Ok(ReceivedDeadLetter { address, receipt: receipt.to_string() })
        };
        Ok(visible.map(receive).collect())
    }

    async fn delete(&self, letter: &ReceivedDeadLetter<EventAddress>) -> Result<(), PortError> {
        let receipt: usize = letter.receipt.parse().expect("a receipt of this queue");
        self.messages()[receipt].is_deleted = true;
        Ok(())
    }
}

/// Bus in memory. Clones share its events.
#[derive(Clone, Debug, Default)]
pub struct InMemoryBus {
    events: Arc<Mutex<Vec<Event>>>,
}

impl InMemoryBus {
    /// Returns the events that were published.
    ///
    /// # Panics
    ///
    /// When a test has panicked while publishing.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().expect("no panic").clone()
    }
}

impl Publisher for InMemoryBus {
    type Payload = Event;

    async fn publish(&self, events: &[Event]) -> Vec<Delivery> {
        self.events.lock().expect("no panic").extend_from_slice(events);
        events.iter().map(|_| Delivery::Accepted).collect()
    }
}
