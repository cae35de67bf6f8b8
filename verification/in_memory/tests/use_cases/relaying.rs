//! The relay over the stand-ins: rejections, outages, and dead letters.

use crate::{at, order, payment};
use orders_domain::ports::{
    Backlog, DeadLetters, Delivery, EventPublisher, Orders, PortError, Settled, WaitingEvents as _,
};
use orders_domain::{
    BatchEnd, DeadLetter, Event, Lease, OrderRecord, Outbox, PutOff, Relay, Relayed, StatusChange, Tenant,
    Timestamp, Version,
};
use orders_in_memory::{InMemoryBus, InMemoryDeadLetters, InMemoryOrders};
use std::sync::{Arc, Mutex};
use std::time::Duration;

type OurRelay<'a, P> = Relay<'a, InMemoryOrders, P, InMemoryDeadLetters>;

/// A bus that does with each event what a function says.
struct Bus<F> {
    accepted: InMemoryBus,
    fate: F,
}

impl<F: Fn(&Event) -> Delivery + Sync> EventPublisher for Bus<F> {
    async fn publish(&self, events: &[Event]) -> Vec<Delivery> {
        assert!(events.len() <= 10, "one call takes ten");
        let mut deliveries = Vec::new();
        for event in events {
            let delivery = (self.fate)(event);
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
        let record = OrderRecord::created(order(), None);
        store.insert(&record).await.expect("an answer");
    }
    store
}

async fn batch<P: EventPublisher>(
    store: &InMemoryOrders,
    bus: &P,
    letters: &InMemoryDeadLetters,
    now: Timestamp,
) -> (Relayed, BatchEnd) {
    let relay = Relay { store, publisher: bus, dead_letters: letters };
    let lease = Lease { owner: "me".to_owned(), now, until: now.after(Duration::from_secs(30)) };
    let mut relayed = Relayed::default();
    let end = relay.batch(&lease, &mut relayed).await;
    (relayed, end)
}

fn rejected(_: &Event) -> Delivery {
    Delivery::Rejected { reason: "throttled".to_owned() }
}

#[tokio::test]
async fn a_backlog_is_worked_off_in_batches_of_ten() {
    let (store, bus, letters) = (orders(25).await, InMemoryBus::default(), InMemoryDeadLetters::default());
    for (published, expected) in [(10, BatchEnd::Full), (10, BatchEnd::Full), (5, BatchEnd::NothingElseDue)] {
        let (relayed, end) = batch(&store, &bus, &letters, at(60)).await;
        assert_eq!((relayed.published, end), (published, expected));
    }
    assert_eq!(bus.events().len(), 25);
    assert_eq!(store.oldest().await.expect("an answer"), None);
}

#[tokio::test]
async fn a_rejected_event_waits_1_2_4_8_16_seconds_and_is_buried_then() {
    let (store, letters) = (orders(1).await, InMemoryDeadLetters::default());
    let bus = Bus { accepted: InMemoryBus::default(), fate: rejected };
    let mut now = 60;
    for wait in [1, 2, 4, 8, 16] {
        let (relayed, _) = batch(&store, &bus, &letters, at(now)).await;
        assert_eq!((relayed.failed, relayed.dead), (1, 0));
        assert_eq!(relayed.due_again, [at(now + wait)]);
        let (early, _) = batch(&store, &bus, &letters, at(now + wait - 1)).await;
        assert_eq!(early.failed, 0, "not before {wait} s");
        now += wait;
    }
    let (relayed, _) = batch(&store, &bus, &letters, at(now)).await;
    assert_eq!((relayed.failed, relayed.dead), (0, 1));
    let [DeadLetter { reason, tries, .. }] = &letters.letters()[..] else { panic!("one letter") };
    assert_eq!((reason.as_str(), *tries), ("throttled", 6));
    assert_eq!(store.oldest().await.expect("an answer"), None);
}

#[tokio::test]
async fn an_outage_buries_nothing_and_counts_no_rejection() {
    let (store, letters) = (orders(3).await, InMemoryDeadLetters::default());
    let out_of_reach = |_: &Event| {
        Delivery::Unsent(Arc::new(PortError::Unavailable {
            dependency: "EventBridge",
            source: "down".into(),
        }))
    };
    let bus = Bus { accepted: InMemoryBus::default(), fate: out_of_reach };
    for minute in 1..=20 {
        let (relayed, end) = batch(&store, &bus, &letters, at(60 * minute)).await;
        assert_eq!((relayed.failed, relayed.dead, relayed.published), (3, 0, 0));
        assert_eq!((relayed.failures.len(), end), (3, BatchEnd::OutOfReach));
    }
    let (relayed, _) = batch(&store, &InMemoryBus::default(), &letters, at(60 * 21)).await;
    assert_eq!((relayed.published, relayed.failed), (3, 0));
    assert_eq!(letters.letters(), []);
}

#[tokio::test]
async fn one_rejected_event_holds_up_its_order_and_no_other() {
    let (store, letters) = (orders(5).await, InMemoryDeadLetters::default());
    let unlucky = OrderRecord::created(order(), None);
    store.insert(&unlucky).await.expect("an answer");
    let id = unlucky.order().id();
    let fate = move |event: &Event| if event.order.id() == id { rejected(event) } else { Delivery::Accepted };
    let bus = Bus { accepted: InMemoryBus::default(), fate };
    let (relayed, _) = batch(&store, &bus, &letters, at(60)).await;
    assert_eq!((relayed.published, relayed.failed), (5, 1));
    let left = store.find(&Tenant::default(), id).await.expect("an answer").expect("the order");
    assert_eq!((left.outbox().events.len(), left.outbox().rejections), (1, 1));
}

#[tokio::test]
async fn what_is_written_while_the_relay_is_at_it_is_not_held_up_by_the_lease() {
    let (store, letters) = (orders(1).await, InMemoryDeadLetters::default());
    let record = store.lease(&Lease { owner: "look".into(), now: at(60), until: at(60) }).await;
    let order = record.expect("an answer").expect("the order").order().clone();
    let change = StatusChange { at: at(61), ..payment(&order) };
    // The change is made while the first event is on its way.
    let (store, change) = (&store, &change);
    let bus = Bus {
        accepted: InMemoryBus::default(),
        fate: |_: &Event| {
            let applied = futures::executor::block_on(store.apply(change)).expect("an answer");
            assert!(applied.is_none_or(|record| record.outbox().leased_until.is_some()));
            Delivery::Accepted
        },
    };
    let (relayed, _) = batch(store, &bus, &letters, at(62)).await;
    assert_eq!((relayed.published, &relayed.due_again[..]), (1, &[at(62)][..]), "due at once");
    assert_eq!(batch(store, &bus, &letters, at(62)).await.0.published, 1);
    assert_eq!(store.oldest().await.expect("an answer"), None);
}

#[tokio::test]
async fn all_that_waits_of_an_order_goes_in_one_batch() {
    let (store, letters) = (InMemoryOrders::default(), InMemoryDeadLetters::default());
    let placed = OrderRecord::created(order(), None);
    store.insert(&placed).await.expect("an answer");
    store.apply(&payment(placed.order())).await.expect("an answer").expect("a change");
    let bus = InMemoryBus::default();
    let (relayed, end) = batch(&store, &bus, &letters, at(60)).await;
    assert_eq!((relayed.published, relayed.due_again, end), (2, vec![], BatchEnd::NothingElseDue));
    let versions: Vec<_> = bus.events().iter().map(|event| event.order.version().get()).collect();
    assert_eq!(versions, [1, 2]);
}

/// A store whose due orders have nothing in their outboxes, as two publishers leave one that were cut
/// off between taking the last events and clearing up.
#[derive(Default)]
struct Hollow(Mutex<Vec<Version>>);

impl Backlog for Hollow {
    async fn lease(&self, _: &Lease) -> Result<Option<OrderRecord>, PortError> {
        let placed = OrderRecord::created(order(), None);
        let history = placed.history().to_vec();
        let hollow = OrderRecord::restore(placed.order().clone(), history, Outbox::default());
        Ok(Some(hollow.expect("a record")))
    }

    async fn settle(&self, _: &Lease, _: &OrderRecord, version: Version) -> Result<Settled, PortError> {
        self.0.lock().expect("no panic").push(version);
        Ok(Settled::Empty)
    }

    async fn put_off(&self, _: &Lease, _: &OrderRecord, _: PutOff) -> Result<(), PortError> {
        unreachable!("nothing to wait for")
    }
}

#[tokio::test]
async fn an_order_that_was_left_without_events_is_cleared_up() {
    let (store, bus, letters) = (Hollow::default(), InMemoryBus::default(), InMemoryDeadLetters::default());
    let relay = Relay { store: &store, publisher: &bus, dead_letters: &letters };
    let lease = Lease { owner: "me".to_owned(), now: at(60), until: at(90) };
    let mut relayed = Relayed::default();
    assert_eq!(relay.batch(&lease, &mut relayed).await, BatchEnd::Full);
    assert_eq!(*store.0.lock().expect("no panic"), [Version::FIRST; 10]);
    assert_eq!((relayed.published, relayed.failures.len(), bus.events().len()), (0, 0, 0));
}

/// Dead letters that nobody takes.
struct NoGraves;

impl DeadLetters for NoGraves {
    async fn bury(&self, _: &DeadLetter) -> Result<(), PortError> {
        Err(PortError::Unavailable { dependency: "SQS", source: "down".into() })
    }
}

#[tokio::test]
async fn an_event_that_can_not_be_buried_stays_and_counts_as_failed() {
    let store = orders(1).await;
    let bus = Bus { accepted: InMemoryBus::default(), fate: rejected };
    let relay = Relay { store: &store, publisher: &bus, dead_letters: &NoGraves };
    let mut now = at(60);
    for failed in 1..=7 {
        let lease = Lease { owner: format!("{failed}"), now, until: now.after(Duration::from_secs(30)) };
        let mut relayed = Relayed::default();
        let end = relay.batch(&lease, &mut relayed).await;
        let is_rejected_for_good = failed > 5;
        let expected = if is_rejected_for_good { BatchEnd::OutOfReach } else { BatchEnd::NothingElseDue };
        assert_eq!((relayed.failed, relayed.dead, end), (1, 0, expected), "try {failed}");
        assert_eq!(relayed.failures.len(), usize::from(is_rejected_for_good));
        now = now.after(Duration::from_mins(1));
    }
    assert!(store.oldest().await.expect("an answer").is_some());
}

#[tokio::test]
async fn a_batch_is_as_large_as_one_call_takes() {
    assert_eq!(OurRelay::<InMemoryBus>::BATCH, 10);
}
