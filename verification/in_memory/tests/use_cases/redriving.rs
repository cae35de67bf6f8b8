//! Giving dead letters another chance.

use crate::{order, tenant};
use orders_domain::ports::{BuriedEvents, DeadLetters as _, Orders as _, Outbox as _, PortError};
use orders_domain::{BuriedEvent, DeadLetter, OrderRecord, PendingEvent, Redriven, Version, redrive};
use orders_in_memory::{InMemoryDeadLetters, InMemoryOrders};
use std::sync::Mutex;

/// An order whose only event was buried.
async fn buried(store: &InMemoryOrders, letters: &InMemoryDeadLetters) -> OrderRecord {
    let record = OrderRecord::created(order(), None);
    store.insert(&record).await.expect("an answer");
    let event = record.pending_events().next().expect("its creation");
    letters.bury(&DeadLetter { event, reason: "throttled".to_owned(), tries: 6 }).await.expect("an answer");
    record
}

async fn settle(store: &InMemoryOrders, record: &OrderRecord) {
    let order = record.order();
    store.settle(order.tenant(), order.id(), Version::FIRST).await.expect("an answer");
}

#[tokio::test]
async fn a_letter_is_forgotten_once_its_event_waits_again() {
    let (store, letters) = (InMemoryOrders::default(), InMemoryDeadLetters::default());
    let record = buried(&store, &letters).await;
    settle(&store, &record).await;
    let mut redriven = Redriven::default();
    redrive(&store, &letters, &mut redriven).await;
    assert_eq!((redriven.put_back, redriven.failures.len()), (1, 0));
    assert_eq!(letters.letters(), []);
    assert_eq!(store.records(), [record]);
}

#[tokio::test]
async fn a_letter_whose_event_waits_already_is_kept() {
    let (store, letters) = (InMemoryOrders::default(), InMemoryDeadLetters::default());
    let record = buried(&store, &letters).await;
    let mut redriven = Redriven::default();
    redrive(&store, &letters, &mut redriven).await;
    assert_eq!((redriven.put_back, redriven.failures.len()), (0, 0));
    assert_eq!(letters.letters().len(), 1, "whoever buried it may be about to take it away");
    settle(&store, &record).await;
    letters.show_hidden();
    redrive(&store, &letters, &mut redriven).await;
    assert_eq!((redriven.put_back, letters.letters().len()), (1, 0));
}

/// Letters that can't all be put back, and a queue that may fail.
struct Letters {
    exhumed: Mutex<Vec<Result<BuriedEvent, PortError>>>,
    forgets: bool,
    forgotten: Mutex<Vec<String>>,
}

impl BuriedEvents for Letters {
    async fn exhume(&self) -> Result<Vec<Result<BuriedEvent, PortError>>, PortError> {
        Ok(std::mem::take(&mut *self.exhumed.lock().expect("no panic")))
    }

    async fn forget(&self, letter: &BuriedEvent) -> Result<(), PortError> {
        self.forgotten.lock().expect("no panic").push(letter.receipt.clone());
        if self.forgets { Ok(()) } else { Err(unavailable()) }
    }
}

fn unavailable() -> PortError {
    PortError::Unavailable { dependency: "SQS", source: "down".into() }
}

fn letter(record: &OrderRecord, tenant_name: &str, receipt: &str) -> BuriedEvent {
    BuriedEvent {
        tenant: tenant(tenant_name),
        order_id: record.order().id(),
        event: PendingEvent { version: Version::FIRST, traceparent: None },
        receipt: receipt.to_owned(),
    }
}

#[tokio::test]
async fn a_letter_that_is_none_of_ours_stops_no_other_and_an_outage_stops_all() {
    for (forgets, expected) in [(true, (2, 2, vec!["1", "2"])), (false, (0, 3, vec!["1"]))] {
        let store = InMemoryOrders::default();
        let (one, two) = (OrderRecord::created(order(), None), OrderRecord::created(order(), None));
        for record in [&one, &two] {
            store.insert(record).await.expect("an answer");
            settle(&store, record).await;
        }
        let unreadable = PortError::Unreadable { dependency: "SQS", source: "no JSON".into() };
        let exhumed = vec![
            Err(unreadable),
            Ok(letter(&one, "nobody", "0")),
            Ok(letter(&one, "default", "1")),
            Ok(letter(&two, "default", "2")),
        ];
        let letters = Letters { exhumed: Mutex::new(exhumed), forgets, forgotten: Mutex::default() };
        let mut redriven = Redriven::default();
        redrive(&store, &letters, &mut redriven).await;
        let forgotten = letters.forgotten.into_inner().expect("no panic");
        assert_eq!((redriven.put_back, redriven.failures.len()), (expected.0, expected.1));
        assert_eq!(forgotten, expected.2);
    }
}
