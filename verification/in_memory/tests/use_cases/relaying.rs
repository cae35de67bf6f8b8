//! The relay: rejections, outages, and dead letters.

use crate::{at, order, payment};
use kernel::{PortError, Tenant, Timestamp, Version};
use orders_domain::ports::Orders;
use orders_domain::{Event, EventAddress, OrderChange, OrderKey, OrderRecord};
use orders_in_memory::{InMemoryBus, InMemoryDeadLetters, InMemoryOrders};
use platform_outbox::{
    BatchEnd, BatchSize, DeadLetter, DeadLetterQueue, Delivery, Lease, Leased, LeasedFrom, OutboxAcks,
    OutboxAdmin as _, Publisher, ReceivedDeadLetter, Relay, RelayQueue, RelayReport, Remaining, Reschedule,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Bus with a function that determines the outcome of each event.
struct Bus<F> {
    accepted: InMemoryBus,
    outcome: F,
}

impl<F: Fn(&Event) -> Delivery + Sync> Publisher for Bus<F> {
    type Payload = Event;

    async fn publish(&self, events: &[Event]) -> Vec<Delivery> {
        let mut deliveries = Vec::new();
        for event in events {
            let delivery = (self.outcome)(event);
            if matches!(delivery, Delivery::Accepted) {
                self.accepted.publish(std::slice::from_ref(event)).await;
            }
            deliveries.push(delivery);
        }
        deliveries
    }
}

async fn orders(count: usize) -> InMemoryOrders {
    let store = InMemoryOrders::default();
    for _ in 0..count {
        store.insert(&OrderRecord::created(order(), None)).await.expect("a result");
    }
    store
}

async fn batch<P: Publisher<Payload = Event>>(
    store: &InMemoryOrders,
    bus: &P,
    dead_letters: &InMemoryDeadLetters,
    now: Timestamp,
) -> (RelayReport, BatchEnd) {
    let relay = Relay { queue: store, publisher: bus, dead_letters };
    let lease = Lease { owner: "me".to_owned(), now, until: now.after(Duration::from_secs(30)) };
    let mut report = RelayReport::default();
    let end = relay.batch(&lease, &mut { BatchSize::MAX }, &mut report).await;
    (report, end)
}

fn rejected(_: &Event) -> Delivery {
    Delivery::Rejected { reason: "throttled".to_owned() }
}

#[tokio::test]
async fn a_backlog_is_published_in_batches_that_grow() {
    let sizes = [1, 4, 16, 64, BatchSize::MAX.get(), BatchSize::MAX.get()];
    let count = sizes.iter().sum::<usize>() + 10;
    let (store, bus) = (orders(count).await, InMemoryBus::default());
    let relay = Relay { queue: &store, publisher: &bus, dead_letters: &InMemoryDeadLetters::default() };
    let lease = Lease { owner: "me".to_owned(), now: at(60), until: at(90) };
    let mut size = BatchSize::default();
    for published in sizes {
        let mut report = RelayReport::default();
        assert_eq!(relay.batch(&lease, &mut size, &mut report).await, BatchEnd::Full);
        assert_eq!(report.published, published);
    }
    let mut report = RelayReport::default();
    assert_eq!(relay.batch(&lease, &mut size, &mut report).await, BatchEnd::NothingElseDue);
    assert_eq!((report.published, bus.events().len()), (10, count));
    assert_eq!(store.oldest().await.expect("a result"), None);
}

#[tokio::test]
async fn a_rejected_event_is_retried_after_1_2_4_8_16_seconds_and_then_sent_to_the_dead_letter_queue() {
    let (store, dead_letters) = (orders(1).await, InMemoryDeadLetters::default());
    let bus = Bus { accepted: InMemoryBus::default(), outcome: rejected };
    let mut now = 60;
    for wait in [1, 2, 4, 8, 16] {
        let (report, _) = batch(&store, &bus, &dead_letters, at(now)).await;
        assert_eq!((report.failed, report.dead), (1, 0));
        assert_eq!(report.due_again, [at(now + wait)]);
        let (early, _) = batch(&store, &bus, &dead_letters, at(now + wait - 1)).await;
        assert_eq!(early.failed, 0, "not before {wait} s");
        now += wait;
    }
    let (report, _) = batch(&store, &bus, &dead_letters, at(now)).await;
    assert_eq!((report.failed, report.dead), (0, 1));
    let [DeadLetter { reason, attempts, .. }] = &dead_letters.letters()[..] else {
        panic!("one dead letter")
    };
    assert_eq!((reason.as_str(), *attempts), ("throttled", 6));
    assert_eq!(store.oldest().await.expect("a result"), None);
}

#[tokio::test]
async fn an_outage_sends_no_dead_letter_and_counts_no_rejection() {
    let (store, dead_letters) = (orders(3).await, InMemoryDeadLetters::default());
    let unsent = |_: &Event| {
        let error = PortError::Unavailable { dependency: "EventBridge", source: "down".into() };
        Delivery::Unsent(Arc::new(error))
    };
    let bus = Bus { accepted: InMemoryBus::default(), outcome: unsent };
    for minute in 1..=20 {
        let (report, end) = batch(&store, &bus, &dead_letters, at(60 * minute)).await;
        assert_eq!((report.failed, report.dead, report.published), (3, 0, 0));
        assert_eq!((report.failures.len(), end), (3, BatchEnd::Unavailable));
    }
    let (report, _) = batch(&store, &InMemoryBus::default(), &dead_letters, at(60 * 21)).await;
    assert_eq!((report.published, report.failed), (3, 0));
    assert_eq!(dead_letters.letters(), []);
}

#[tokio::test]
async fn a_rejected_event_delays_its_own_order_only() {
    let (store, dead_letters) = (orders(5).await, InMemoryDeadLetters::default());
    let affected = OrderRecord::created(order(), None);
    store.insert(&affected).await.expect("a result");
    let id = affected.order().id();
    let outcome =
        move |event: &Event| if event.order.id() == id { rejected(event) } else { Delivery::Accepted };
    let bus = Bus { accepted: InMemoryBus::default(), outcome };
    let (report, _) = batch(&store, &bus, &dead_letters, at(60)).await;
    assert_eq!((report.published, report.failed), (5, 1));
    let key = OrderKey { tenant: Tenant::default(), id };
    let left = store.find(&key).await.expect("a result").expect("the order");
    assert_eq!((left.outbox().events.len(), left.outbox().rejections), (1, 1));
}

#[tokio::test]
async fn an_event_that_is_written_during_a_batch_does_not_wait_for_the_lease_to_expire() {
    let (store, dead_letters) = (orders(1).await, InMemoryDeadLetters::default());
    let order = store.records()[0].order().clone();
    let change = OrderChange { at: at(61), ..payment(&order) };
    // The change is applied while the first event is being published.
    let (store, change) = (&store, &change);
    let bus = Bus {
        accepted: InMemoryBus::default(),
        outcome: |_: &Event| {
            let applied = futures::executor::block_on(store.apply(change)).expect("a result");
            assert!(applied.is_none_or(|record| record.outbox().leased_until.is_some()));
            Delivery::Accepted
        },
    };
    let (report, _) = batch(store, &bus, &dead_letters, at(62)).await;
    assert_eq!((report.published, &report.due_again[..]), (1, &[at(62)][..]), "due at once");
    assert_eq!(batch(store, &bus, &dead_letters, at(62)).await.0.published, 1);
    assert_eq!(store.oldest().await.expect("a result"), None);
}

#[tokio::test]
async fn all_pending_events_of_an_order_are_published_in_one_batch_in_order() {
    let (store, dead_letters) = (orders(20).await, InMemoryDeadLetters::default());
    for record in store.records() {
        store.apply(&payment(record.order())).await.expect("a result").expect("a change");
    }
    let bus = InMemoryBus::default();
    let (report, end) = batch(&store, &bus, &dead_letters, at(60)).await;
    assert_eq!((report.published, report.due_again, end), (40, vec![], BatchEnd::NothingElseDue));
    for record in store.records() {
        let events = bus.events();
        let of_order = events.iter().filter(|event| event.order.id() == record.order().id());
        let versions: Vec<_> = of_order.map(|event| event.order.version().get()).collect();
        assert_eq!(versions, [1, 2]);
    }
}

#[tokio::test]
async fn an_order_with_a_rejected_event_does_not_publish_the_next_one() {
    let (store, dead_letters) = (orders(1).await, InMemoryDeadLetters::default());
    store.apply(&payment(store.records()[0].order())).await.expect("a result").expect("a change");
    let first_only = |event: &Event| {
        if event.order.version() == Version::FIRST { rejected(event) } else { Delivery::Accepted }
    };
    let bus = Bus { accepted: InMemoryBus::default(), outcome: first_only };
    let (report, _) = batch(&store, &bus, &dead_letters, at(60)).await;
    assert_eq!((report.published, report.failed), (0, 1));
    assert_eq!(bus.accepted.events(), []);
}

/// Queue with due records without entries: the state after two publishers removed the last entries and were
/// interrupted.
#[derive(Default)]
struct EmptyRecords {
    cleared: AtomicUsize,
}

impl OutboxAcks for EmptyRecords {
    type Key = OrderKey;
    type EntryId = Version;

    async fn acknowledge(&self, _: &OrderKey, _: Version, _: Option<&Lease>) -> Result<Remaining, PortError> {
        panic!("no entry was published")
    }
}

impl RelayQueue for EmptyRecords {
    type Payload = Event;

    async fn lease(&self, _: &Lease) -> Result<Option<LeasedFrom<Self>>, PortError> {
        Ok(Some(Leased { key: order().key(), entries: vec![], rejections: 0 }))
    }

    async fn reschedule(&self, _: &Lease, _: &OrderKey, _: Reschedule<Version>) -> Result<(), PortError> {
        panic!("no entry was rejected")
    }

    async fn clear_empty(&self, _: &Lease, _: &OrderKey) -> Result<(), PortError> {
        self.cleared.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

#[tokio::test]
async fn a_leased_record_without_entries_is_cleared() {
    let (store, bus) = (EmptyRecords::default(), InMemoryBus::default());
    let relay = Relay { queue: &store, publisher: &bus, dead_letters: &InMemoryDeadLetters::default() };
    let lease = Lease { owner: "me".to_owned(), now: at(60), until: at(90) };
    let mut report = RelayReport::default();
    assert_eq!(relay.batch(&lease, &mut { BatchSize::MAX }, &mut report).await, BatchEnd::Full);
    assert_eq!(store.cleared.load(Ordering::SeqCst), BatchSize::MAX.get());
    assert_eq!((report.published, report.failures.len(), bus.events().len()), (0, 0, 0));
}

/// Dead-letter queue that is down.
struct UnavailableQueue(Mutex<usize>);

impl DeadLetterQueue for UnavailableQueue {
    type Payload = Event;
    type Address = EventAddress;

    async fn send(&self, _: &DeadLetter<Event>) -> Result<(), PortError> {
        *self.0.lock().expect("no panic") += 1;
        Err(unavailable())
    }

    async fn receive(&self) -> Result<Vec<Result<ReceivedDeadLetter<EventAddress>, PortError>>, PortError> {
        Err(unavailable())
    }

    async fn delete(&self, _: &ReceivedDeadLetter<EventAddress>) -> Result<(), PortError> {
        Err(unavailable())
    }
}

fn unavailable() -> PortError {
    PortError::Unavailable { dependency: "SQS", source: "down".into() }
}

#[tokio::test]
async fn an_event_that_can_not_be_sent_to_the_dead_letter_queue_stays_and_counts_as_failed() {
    let store = orders(1).await;
    let bus = Bus { accepted: InMemoryBus::default(), outcome: rejected };
    let dead_letters = UnavailableQueue(Mutex::new(0));
    let relay = Relay { queue: &store, publisher: &bus, dead_letters: &dead_letters };
    let mut now = at(60);
    for attempt in 1..=7 {
        let lease = Lease { owner: format!("{attempt}"), now, until: now.after(Duration::from_secs(30)) };
        let mut report = RelayReport::default();
        let end = relay.batch(&lease, &mut { BatchSize::MAX }, &mut report).await;
        let is_last = attempt > 5;
        let expected = if is_last { BatchEnd::Unavailable } else { BatchEnd::NothingElseDue };
        assert_eq!((report.failed, report.dead, end), (1, 0, expected), "attempt {attempt}");
        assert_eq!(report.failures.len(), usize::from(is_last));
        now = now.after(Duration::from_mins(1));
    }
    assert_eq!(*dead_letters.0.lock().expect("no panic"), 2);
    assert!(store.oldest().await.expect("a result").is_some());
}
