//! Publication of an outbox after the response.

use crate::{at, order, payment};
use kernel::Tenant;
use orders_domain::ports::{EventPublisher as _, Orders as _};
use orders_domain::{Event, OrderKey, OrderRecord};
use orders_eventbridge::OutboxEvents;
use orders_in_memory::{InMemoryBus, InMemoryOrders};
use platform_outbox::{Delivery, Lease, Publisher, RelayQueue as _};

/// Bus that rejects all events after the first `accepted`.
struct RejectingAfter {
    accepted: usize,
    bus: InMemoryBus,
}

impl Publisher for RejectingAfter {
    type Payload = Event;

    async fn publish(&self, events: &[Event]) -> Vec<Delivery> {
        if self.bus.events().len() >= self.accepted {
            return events.iter().map(|_| Delivery::Rejected { reason: "throttled".into() }).collect();
        }
        self.bus.publish(events).await
    }
}

fn publisher(
    orders: &InMemoryOrders,
    bus: &InMemoryBus,
    accepted: usize,
) -> OutboxEvents<InMemoryOrders, RejectingAfter> {
    OutboxEvents::new(RejectingAfter { accepted, bus: bus.clone() }, orders.clone())
}

#[tokio::test]
async fn publication_stops_at_the_first_rejected_event() {
    let (orders, bus) = (InMemoryOrders::default(), InMemoryBus::default());
    let record = OrderRecord::created(order(), None);
    orders.insert(&record).await.expect("a result");
    let change = payment(record.order());
    let record = orders.apply(&change).await.expect("a result").expect("a change");

    let outcome = publisher(&orders, &bus, 1).publish_pending(&record, at(6)).await;
    assert_eq!(outcome.published, 1);
    assert_eq!(outcome.failure.expect("a failure").to_string(), "the event bus rejected an event: throttled");
    let key = OrderKey { tenant: Tenant::default(), id: record.order().id() };
    let left = orders.find(&key).await.expect("a result").expect("the order");
    assert_eq!(left.outbox().events, [change.event()], "only the rejected event is left");

    let outcome = publisher(&orders, &bus, usize::MAX).publish_pending(&left, at(6)).await;
    assert!(outcome.failure.is_none());
    assert_eq!(bus.events().len(), 2);
}

#[tokio::test]
async fn a_leased_outbox_is_left_to_the_relay_until_the_lease_expires() {
    let (orders, bus) = (InMemoryOrders::default(), InMemoryBus::default());
    let placed = OrderRecord::created(order(), None);
    orders.insert(&placed).await.expect("a result");
    let lease = Lease { owner: "relay".to_owned(), now: at(20), until: at(50) };
    orders.lease(&lease).await.expect("a result").expect("the order");
    let record = orders.apply(&payment(placed.order())).await.expect("a result").expect("a change");

    for (now, published) in [(49, 0), (50, 2)] {
        let outcome = publisher(&orders, &bus, usize::MAX).publish_pending(&record, at(now)).await;
        assert_eq!((outcome.published, outcome.failure.is_none()), (published, true), "at second {now}");
    }
    assert_eq!(bus.events().len(), 2);
}
