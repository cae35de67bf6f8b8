//! The relay over the stand-ins: rejections, outages, and dead letters.

use crate::{at, order_of};
use orders::ports::{Backlog, Delivery, EventPublisher, Orders, PortError};
use orders::{DeadLetter, Event, Lease, OrderRecord, Relay, Relayed, Tenant, Timestamp};
use orders_tests::{InMemoryBus, InMemoryDeadLetters, InMemoryOrders};
use std::sync::Arc;
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
        let record = OrderRecord::created(order_of(&Tenant::default(), at(0)), None);
        store.insert(&record).await.expect("an answer");
    }
    store
}

async fn batch<P: EventPublisher>(
    store: &InMemoryOrders,
    bus: &P,
    letters: &InMemoryDeadLetters,
    now: Timestamp,
) -> Relayed {
    let relay = Relay { store, publisher: bus, dead_letters: letters };
    let lease = Lease { owner: "me".to_owned(), now, until: now.after(Duration::from_secs(30)) };
    relay.batch(&lease).await
}

fn rejected(_: &Event) -> Delivery {
    Delivery::Rejected { reason: "throttled".to_owned() }
}

#[tokio::test]
async fn a_backlog_is_worked_off_in_batches_of_ten() {
    let (store, bus, letters) = (orders(25).await, InMemoryBus::default(), InMemoryDeadLetters::default());
    let mut leased = Vec::new();
    for _ in 0..3 {
        leased.push(batch(&store, &bus, &letters, at(60)).await.leased);
    }
    assert_eq!(leased, [10, 10, 5]);
    assert_eq!(bus.events().len(), 25);
    assert_eq!(store.oldest().await.expect("an answer"), None);
}

#[tokio::test]
async fn a_rejected_event_waits_1_2_4_8_16_seconds_and_is_buried_then() {
    let (store, letters) = (orders(1).await, InMemoryDeadLetters::default());
    let bus = Bus { accepted: InMemoryBus::default(), fate: rejected };
    let mut now = 60;
    for wait in [1, 2, 4, 8, 16] {
        let relayed = batch(&store, &bus, &letters, at(now)).await;
        assert_eq!((relayed.failed, relayed.dead), (1, 0));
        assert_eq!(relayed.due_again, [at(now + wait)]);
        assert_eq!(batch(&store, &bus, &letters, at(now + wait - 1)).await.leased, 0, "not before {wait} s");
        now += wait;
    }
    let relayed = batch(&store, &bus, &letters, at(now)).await;
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
        let relayed = batch(&store, &bus, &letters, at(60 * minute)).await;
        assert_eq!((relayed.failed, relayed.dead, relayed.published), (3, 0, 0));
        assert!(relayed.stopped_by.is_some());
    }
    let relayed = batch(&store, &InMemoryBus::default(), &letters, at(60 * 21)).await;
    assert_eq!((relayed.published, relayed.failed), (3, 0));
    assert_eq!(letters.letters(), []);
}

#[tokio::test]
async fn one_rejected_event_holds_up_its_order_and_no_other() {
    let (store, letters) = (orders(5).await, InMemoryDeadLetters::default());
    let unlucky = OrderRecord::created(order_of(&Tenant::default(), at(1)), None);
    store.insert(&unlucky).await.expect("an answer");
    let id = unlucky.order().id();
    let fate = move |event: &Event| if event.order.id() == id { rejected(event) } else { Delivery::Accepted };
    let bus = Bus { accepted: InMemoryBus::default(), fate };
    let relayed = batch(&store, &bus, &letters, at(60)).await;
    assert_eq!((relayed.published, relayed.failed, relayed.leased), (5, 1, 6));
    let left = store.find(&Tenant::default(), id).await.expect("an answer").expect("the order");
    assert_eq!((left.outbox().events.len(), left.outbox().rejections), (1, 1));
}

#[tokio::test]
async fn what_is_written_while_the_relay_is_at_it_is_not_held_up_by_the_lease() {
    let (store, letters) = (orders(1).await, InMemoryDeadLetters::default());
    let record = store.lease(&Lease { owner: "look".into(), now: at(60), until: at(60) }).await;
    let id = record.expect("an answer").expect("the order").order().id();
    let change = orders::StatusChange {
        tenant: Tenant::default(),
        order_id: id,
        expected: orders::Version::FIRST,
        target: orders::Status::Paid,
        key: "k".parse().expect("a key"),
        at: at(61),
        traceparent: None,
    };
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
    assert_eq!(batch(store, &bus, &letters, at(62)).await.published, 1);
    assert_eq!(batch(store, &bus, &letters, at(63)).await.published, 1, "due at once");
    assert_eq!(store.oldest().await.expect("an answer"), None);
}

#[tokio::test]
async fn a_batch_is_as_large_as_one_call_takes() {
    assert_eq!(OurRelay::<InMemoryBus>::BATCH, 10);
}
