//! Contract of `Publisher`.

use crate::{at, aws, order_of};
use kernel::Tenant;
use orders_domain::{Event, LineItem, NewOrder, Order, OrderRecord, Quantity};
use orders_eventbridge::EventBridgePublisher;
use orders_in_memory::InMemoryBus;
use orders_tests::{FaultProxy, Subscriber, TestServers};
use platform_outbox::{Delivery, Publisher};

fn events(count: usize) -> Vec<Event> {
    let record = || OrderRecord::created(order_of(&Tenant::default(), at(0)), None);
    (0..count).flat_map(|_| record().pending_events().collect::<Vec<_>>()).collect()
}

async fn suite(publisher: &impl Publisher<Payload = Event>) -> Vec<Event> {
    let events = events(3);
    let deliveries = publisher.publish(&events).await;
    assert_eq!(deliveries.len(), 3, "one result for each event");
    assert!(deliveries.iter().all(|delivery| matches!(delivery, Delivery::Accepted)), "{deliveries:?}");
    events
}

#[tokio::test]
async fn eventbridge_keeps_the_contract() {
    let subscriber = Subscriber::shared();
    let bus = EventBridgePublisher::new(&aws(), TestServers::shared().event_bus_name.clone());
    for event in suite(&bus).await {
        let arrived = subscriber.wait_for(&event.order.id().to_string(), 1).await;
        assert_eq!(arrived[0]["detail"]["id"], event.id().to_string());
    }
}

#[tokio::test]
async fn large_events_are_split_into_calls_within_the_limit_of_the_bus() {
    let servers = TestServers::shared();
    let proxy = FaultProxy::aws(&servers.aws_endpoint_url);
    let config = aws().into_builder().endpoint_url(proxy.aws_endpoint_url()).build();
    let bus = EventBridgePublisher::new(&config, servers.event_bus_name.clone());
    let largest = || {
        let item = LineItem {
            sku: "\u{1F4E6}".repeat(64).parse().expect("a sku"),
            quantity: Quantity::try_from(999_999).expect("a quantity"),
            price: "9999999999.99".parse().expect("a price"),
            product: None,
        };
        let customer = "\u{1F9D1}".repeat(128).parse().expect("a customer");
        let request =
            NewOrder::new(customer, "USD".parse().expect("a currency"), vec![item; NewOrder::MAX_ITEMS]);
        let id = order_of(&Tenant::default(), at(0)).id();
        let order = Order::place(request.expect("a request"), Tenant::default(), id, at(0));
        OrderRecord::created(order, None).pending_events().next().expect("an event")
    };
    let events: Vec<_> = (0..10).map(|_| largest()).collect();
    let deliveries = bus.publish(&events).await;
    assert_eq!(deliveries.len(), 10);
    assert!(deliveries.iter().all(|delivery| matches!(delivery, Delivery::Accepted)), "{deliveries:?}");
    assert!(proxy.recorded().len() > 1, "more than one call");
    for event in &events {
        Subscriber::shared().wait_for(&event.order.id().to_string(), 1).await;
    }
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    let bus = InMemoryBus::default();
    assert_eq!(suite(&bus).await, bus.events());
}
