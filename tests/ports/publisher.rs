//! The contract of `EventPublisher`.

use crate::{at, aws, order_of};
use orders::ports::{Delivery, EventPublisher};
use orders::{Event, OrderRecord, Tenant};
use orders_eventbridge::EventBridgePublisher;
use orders_tests::{InMemoryBus, Servers, Subscriber};

fn events(count: usize) -> Vec<Event> {
    let record = || OrderRecord::created(order_of(&Tenant::default(), at(0)), None);
    (0..count).flat_map(|_| record().pending_events().collect::<Vec<_>>()).collect()
}

async fn suite(publisher: &impl EventPublisher) -> Vec<Event> {
    let events = events(3);
    let deliveries = publisher.publish(&events).await;
    assert_eq!(deliveries.len(), 3, "the fate of each");
    assert!(deliveries.iter().all(|delivery| matches!(delivery, Delivery::Accepted)), "{deliveries:?}");
    events
}

#[tokio::test]
async fn eventbridge_keeps_the_contract() {
    let subscriber = Subscriber::shared();
    let bus = EventBridgePublisher::new(&aws().await, Servers::shared().event_bus_name.clone());
    for event in suite(&bus).await {
        let arrived = subscriber.wait_for(&event.order.id().to_string(), 1).await;
        assert_eq!(arrived[0]["detail"]["id"], event.id().to_string());
    }
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    let bus = InMemoryBus::default();
    assert_eq!(suite(&bus).await, bus.events());
}
