//! Placing, changing and announcing over the stand-ins: crashes between the steps.

use crate::{at, order_of, request};
use orders::ports::{Claims, Delivery, EventPublisher, NewClaim, Orders};
use orders::{
    Change, Event, Fingerprint, IdempotencyKey, OrderRecord, PlaceOrderError, PlacedOrder, Status,
    StatusChange, Tenant, Version, announce, change_status, place_order,
};
use orders_tests::{InMemoryBus, InMemoryClaims, InMemoryOrders, fresh_key};
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

fn key() -> IdempotencyKey {
    fresh_key().parse().expect("a key")
}

async fn place(
    claims: &InMemoryClaims,
    orders: &InMemoryOrders,
    key: &IdempotencyKey,
    quantity: u64,
) -> Result<PlacedOrder, PlaceOrderError> {
    let fingerprint = Fingerprint::of(&request(quantity));
    place_order(claims, orders, order_of(&Tenant::default(), at(0)), key, fingerprint, DAY, None).await
}

#[tokio::test]
async fn a_crash_between_claim_and_insert_is_finished_by_the_next_try() {
    let (claims, orders, key) = (InMemoryClaims::default(), InMemoryOrders::default(), key());
    let order = order_of(&Tenant::default(), at(0));
    let fingerprint = Fingerprint::of(&request(2));
    let claim = NewClaim { key: &key, fingerprint, order: &order, expires_at: at(60) };
    claims.claim(&claim).await.expect("the claim, and then the crash");

    let placed = place(&claims, &orders, &key, 2).await.expect("an order");
    assert_eq!((&placed.order, placed.replayed), (&order, true), "the order of the claim");
    assert!(placed.unannounced.is_some(), "whoever stores it announces it");
    let stored = orders.find(order.tenant(), order.id()).await.expect("an answer");
    assert_eq!(stored.expect("the order").order(), &order);

    let again = place(&claims, &orders, &key, 2).await.expect("an order");
    assert_eq!((&again.order, again.unannounced), (&order, None));
}

#[tokio::test]
async fn a_reused_key_stores_nothing() {
    let (claims, orders, key) = (InMemoryClaims::default(), InMemoryOrders::default(), key());
    let placed = place(&claims, &orders, &key, 2).await.expect("an order");
    let error = place(&claims, &orders, &key, 3).await.expect_err("another request");
    assert!(matches!(error, PlaceOrderError::KeyReused));
    assert!(orders.find(placed.order.tenant(), placed.order.id()).await.expect("an answer").is_some());
}

#[tokio::test]
async fn a_change_is_explained_by_what_is_found() {
    let (claims, orders) = (InMemoryClaims::default(), InMemoryOrders::default());
    let placed = place(&claims, &orders, &key(), 2).await.expect("an order");
    let change = |expected: u64, target, key: &IdempotencyKey| StatusChange {
        tenant: Tenant::default(),
        order_id: placed.order.id(),
        expected: Version::try_from(expected).expect("a version"),
        target,
        key: key.clone(),
        at: at(5),
        traceparent: None,
    };
    let make = async |c: &StatusChange| change_status(&orders, c).await.expect("an answer");
    let paid = change(1, Status::Paid, &key());
    let Change::Applied(record) = make(&paid).await else { panic!("not applied") };
    let replayed = Change::Replayed { then: record.order().clone(), record: record.clone() };
    assert_eq!(make(&paid).await, replayed);
    assert_eq!(make(&change(1, Status::Cancelled, &paid.key)).await, Change::KeyReused);
    let current = record.order().version();
    assert_eq!(make(&change(1, Status::Cancelled, &key())).await, Change::VersionConflict { current });
    assert_eq!(
        make(&change(2, Status::Created, &key())).await,
        Change::InvalidTransition { from: Status::Paid }
    );
    let elsewhere = StatusChange { tenant: crate::tenant("another"), ..change(2, Status::Fulfilled, &key()) };
    assert_eq!(make(&elsewhere).await, Change::NotFound);
}

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
    let record = OrderRecord::created(order_of(&Tenant::default(), at(0)), None);
    orders.insert(&record).await.expect("an answer");
    let change = StatusChange {
        tenant: Tenant::default(),
        order_id: record.order().id(),
        expected: Version::FIRST,
        target: Status::Paid,
        key: key(),
        at: at(5),
        traceparent: None,
    };
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
