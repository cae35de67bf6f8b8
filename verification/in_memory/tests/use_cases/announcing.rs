//! Announcing what an outbox holds.

use crate::{at, order, payment};
use orders_domain::ports::{Backlog as _, Delivery, EventPublisher, Orders as _};
use orders_domain::{Event, Lease, OrderRecord, Tenant, announce};
use orders_in_memory::{InMemoryBus, InMemoryOrders};

/// A bus that refuses from the n-th event on.
struct RefusingAfter(usize, InMemoryBus);

impl EventPublisher for RefusingAfter {
    async fn publish(&self, events: &[Event]) -> Vec<Delivery> {
        if self.1.events().len() >= self.0 {
            return events.iter().map(|_| Delivery::Rejected { reason: "throttled".into() }).collect();
        }
        self.1.publish(events).await
    }
}

#[tokio::test]
async fn announcing_stops_at_the_first_event_that_is_refused() {
    let orders = InMemoryOrders::default();
    let record = OrderRecord::created(order(), None);
    orders.insert(&record).await.expect("an answer");
    let change = payment(record.order());
    let record = orders.apply(&change).await.expect("an answer").expect("a change");

    let bus = RefusingAfter(1, InMemoryBus::default());
    let announced = announce(&bus, &orders, &record, at(6)).await;
    assert_eq!(announced.published, 1);
    assert_eq!(
        announced.stopped_by.expect("a reason").to_string(),
        "the event bus rejected an event: throttled"
    );
    let left =
        orders.find(&Tenant::default(), record.order().id()).await.expect("an answer").expect("the order");
    assert_eq!(left.outbox().events, [change.event()], "the accepted one is gone, the refused one waits");

    let bus = InMemoryBus::default();
    let announced = announce(&bus, &orders, &left, at(6)).await;
    assert!(announced.stopped_by.is_none());
    assert_eq!(bus.events().len(), 1);
}

#[tokio::test]
async fn what_a_relay_has_leased_is_left_to_it_until_the_lease_ends() {
    let orders = InMemoryOrders::default();
    let placed = OrderRecord::created(order(), None);
    orders.insert(&placed).await.expect("an answer");
    let lease = Lease { owner: "relay".to_owned(), now: at(20), until: at(50) };
    orders.lease(&lease).await.expect("an answer").expect("the order");
    let record = orders.apply(&payment(placed.order())).await.expect("an answer").expect("a change");

    let bus = InMemoryBus::default();
    for (now, published) in [(49, 0), (50, 2)] {
        let announced = announce(&bus, &orders, &record, at(now)).await;
        assert_eq!(
            (announced.published, announced.stopped_by.is_none()),
            (published, true),
            "at second {now}"
        );
    }
    assert_eq!(bus.events().len(), 2);
}
