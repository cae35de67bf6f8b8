//! Requeuing of dead letters.

use crate::{order, tenant};
use kernel::{PortError, Version};
use orders_domain::ports::Orders as _;
use orders_domain::{Event, EventAddress, OrderKey, OrderRecord, PendingEvent};
use orders_in_memory::{InMemoryDeadLetters, InMemoryOrders};
use platform_outbox::{
    DeadLetter, DeadLetterQueue, OutboxAcks as _, ReceivedDeadLetter, RedriveReport, redrive,
};
use std::sync::Mutex;

/// Stores an order and sends its only event to the dead-letter queue.
async fn dead_letter(store: &InMemoryOrders, queue: &InMemoryDeadLetters) -> OrderRecord {
    let record = OrderRecord::created(order(), None);
    store.insert(&record).await.expect("a result");
    let payload = record.pending_events().next().expect("the creation");
    let letter = DeadLetter { payload, reason: "throttled".to_owned(), attempts: 6 };
    queue.send(&letter).await.expect("a result");
    record
}

async fn acknowledge(store: &InMemoryOrders, record: &OrderRecord) {
    store.acknowledge(&record.order().key(), Version::FIRST, None).await.expect("a result");
}

#[tokio::test]
async fn a_dead_letter_is_deleted_once_its_event_is_requeued() {
    let (store, queue) = (InMemoryOrders::default(), InMemoryDeadLetters::default());
    let record = dead_letter(&store, &queue).await;
    acknowledge(&store, &record).await;
    let mut report = RedriveReport::default();
    redrive(&store, &queue, &mut report).await;
    assert_eq!((report.requeued, report.failures.len()), (1, 0));
    assert_eq!(queue.letters(), []);
    assert_eq!(store.records(), [record]);
}

#[tokio::test]
async fn a_dead_letter_stays_while_its_event_is_in_the_outbox() {
    let (store, queue) = (InMemoryOrders::default(), InMemoryDeadLetters::default());
    let record = dead_letter(&store, &queue).await;
    let mut report = RedriveReport::default();
    redrive(&store, &queue, &mut report).await;
    assert_eq!((report.requeued, report.failures.len()), (0, 0));
    assert_eq!(queue.letters().len(), 1, "the relay that sent it may be about to remove the event");
    acknowledge(&store, &record).await;
    queue.end_visibility_timeout();
    redrive(&store, &queue, &mut report).await;
    assert_eq!((report.requeued, queue.letters().len()), (1, 0));
}

/// Queue with messages that can't all be requeued, and deletions that can fail.
struct FaultyQueue {
    messages: Mutex<Vec<Result<ReceivedDeadLetter<EventAddress>, PortError>>>,
    can_delete: bool,
    deleted: Mutex<Vec<String>>,
}

impl DeadLetterQueue for FaultyQueue {
    type Payload = Event;
    type Address = EventAddress;

    async fn send(&self, _: &DeadLetter<Event>) -> Result<(), PortError> {
        Err(unavailable())
    }

    async fn receive(&self) -> Result<Vec<Result<ReceivedDeadLetter<EventAddress>, PortError>>, PortError> {
        Ok(std::mem::take(&mut *self.messages.lock().expect("no panic")))
    }

    async fn delete(&self, letter: &ReceivedDeadLetter<EventAddress>) -> Result<(), PortError> {
        self.deleted.lock().expect("no panic").push(letter.receipt.clone());
        if self.can_delete { Ok(()) } else { Err(unavailable()) }
    }
}

fn unavailable() -> PortError {
    PortError::Unavailable { dependency: "SQS", source: "down".into() }
}

fn received(record: &OrderRecord, tenant_name: &str, receipt: &str) -> ReceivedDeadLetter<EventAddress> {
    let order = OrderKey { tenant: tenant(tenant_name), id: record.order().id() };
    let event = PendingEvent { version: Version::FIRST, traceparent: None };
    ReceivedDeadLetter { address: EventAddress { order, event }, receipt: receipt.to_owned() }
}

#[tokio::test]
async fn an_unreadable_message_stops_no_other_and_an_outage_stops_the_redrive() {
    for (can_delete, requeued, failures, expected) in [(true, 2, 2, vec!["1", "2"]), (false, 0, 3, vec!["1"])]
    {
        let store = InMemoryOrders::default();
        let (one, two) = (OrderRecord::created(order(), None), OrderRecord::created(order(), None));
        for record in [&one, &two] {
            store.insert(record).await.expect("a result");
            acknowledge(&store, record).await;
        }
        let unreadable = PortError::Unreadable { dependency: "SQS", source: "not JSON".into() };
        let messages = vec![
            Err(unreadable),
            Ok(received(&one, "nobody", "0")),
            Ok(received(&one, "default", "1")),
            Ok(received(&two, "default", "2")),
        ];
        let queue = FaultyQueue { messages: Mutex::new(messages), can_delete, deleted: Mutex::default() };
        let mut report = RedriveReport::default();
        redrive(&store, &queue, &mut report).await;
        let deleted = queue.deleted.into_inner().expect("no panic");
        assert_eq!((report.requeued, report.failures.len()), (requeued, failures));
        assert_eq!(deleted, expected);
    }
}
