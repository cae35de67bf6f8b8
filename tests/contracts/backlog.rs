//! Contract of `Backlog`: orders with due events, and their leases.

use crate::{documentdb, order_of, tenant};
use orders_domain::ports::{Backlog, Orders, Outbox, PutBack, Settled, WaitingEvents};
use orders_domain::{
    Lease, OrderRecord, PendingEvent, PutOff, Status, StatusChange, Tenant, Timestamp, Version,
};
use orders_in_memory::InMemoryOrders;
use orders_tests::fresh_key;
use std::time::{Duration, SystemTime};

fn wall_clock() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

/// Lease of ten seconds that begins some seconds from now.
fn lease(owner: &str, in_seconds: u64) -> Lease {
    let now = wall_clock().after(Duration::from_secs(in_seconds));
    Lease { owner: owner.to_owned(), now, until: now.after(Duration::from_secs(10)) }
}

/// Seconds after which everything that was written is due: longer than the grace period.
const LATER: u64 = 20;

async fn inserted(store: &impl Orders) -> OrderRecord {
    let record = OrderRecord::created(order_of(&Tenant::default(), wall_clock()), None);
    store.insert(&record).await.expect("a response");
    record
}

async fn leased(store: &impl Backlog, lease: &Lease) -> Option<OrderRecord> {
    store.lease(lease).await.expect("a response")
}

async fn suite(store: &(impl Backlog + Orders + Outbox + WaitingEvents)) {
    assert_eq!(store.oldest().await.expect("a response"), None, "nothing is pending");
    let (first, second) = (inserted(store).await, inserted(store).await);
    assert!(store.oldest().await.expect("a response").expect("something is pending") <= wall_clock());

    assert_eq!(leased(store, &lease("a", 0)).await, None, "not due yet: left to its writer");
    let one = leased(store, &lease("a", LATER)).await.expect("an order");
    let other = leased(store, &lease("b", LATER)).await.expect("the other order");
    assert_ne!(one.order().id(), other.order().id());
    assert!(one.outbox().leased_until.is_some());
    assert_eq!(leased(store, &lease("c", LATER)).await, None, "both are leased");
    assert!([first.order().id(), second.order().id()].contains(&one.order().id()));

    // Only the owner of a lease can reschedule the order.
    let put_off = PutOff { due_at: lease("", LATER + 5).now, rejected: Some((Version::FIRST, 3)) };
    store.put_off(&lease("b", LATER), &one, put_off).await.expect("a response");
    assert_eq!(leased(store, &lease("c", LATER + 6)).await, None, "b does not own the lease");
    store.put_off(&lease("a", LATER), &one, put_off).await.expect("a response");
    assert_eq!(leased(store, &lease("c", LATER + 4)).await, None, "not due again yet");
    let again = leased(store, &lease("c", LATER + 6)).await.expect("due again");
    assert_eq!((again.order().id(), again.outbox().rejections), (one.order().id(), 3));

    // An expired lease can be taken over.
    let taken_over = leased(store, &lease("d", LATER + 11)).await.expect("the lease of b has expired");
    assert_eq!(taken_over.order().id(), other.order().id());

    // A former owner of a lease removes nothing.
    let settled = Backlog::settle(store, &lease("b", LATER), &other, Version::FIRST).await;
    assert_eq!(settled.expect("a response"), Settled::MoreLeft);
    let left = store.find(&Tenant::default(), other.order().id()).await.expect("a response");
    assert_eq!(left.expect("the order").outbox().events.len(), 1);

    // Acknowledged events are removed.
    for record in [&one, &other] {
        let order = record.order();
        Outbox::settle(store, order.tenant(), order.id(), order.version()).await.expect("a response");
    }
    assert_eq!(leased(store, &lease("e", 3600)).await, None);
    assert_eq!(store.oldest().await.expect("a response"), None);

    // A change of a leased order keeps the lease, and returns it.
    let record = inserted(store).await;
    leased(store, &lease("f", LATER)).await.expect("the order");
    let change = payment(&record);
    let changed = store.apply(&change).await.expect("a response").expect("a change");
    assert!(changed.outbox().leased_until.is_some(), "left to the relay");
    Outbox::settle(store, &Tenant::default(), record.order().id(), Version::FIRST).await.expect("a response");
    let left = leased(store, &lease("g", LATER + 20)).await.expect("the later event");
    assert_eq!(left.outbox().events, [change.event()]);

    // An event is requeued once, in version order, and is due immediately.
    let creation = PendingEvent { version: Version::FIRST, traceparent: None };
    let id = record.order().id();
    let settled = Outbox::settle(store, &Tenant::default(), id, changed.order().version()).await;
    assert_eq!(settled.expect("a response"), Settled::Empty);
    store
        .put_back(&tenant("another"), id, &creation)
        .await
        .expect_err("another tenant does not have this order");
    assert_eq!(leased(store, &lease("h", 3600)).await, None, "unchanged by the other tenant");
    let never = PendingEvent { version: change.event().version.next(), traceparent: None };
    store.put_back(&Tenant::default(), id, &never).await.expect_err("a version that does not exist");
    for (event, outcome) in [
        (change.event(), PutBack::Done),
        (creation.clone(), PutBack::Done),
        (creation.clone(), PutBack::WasThere),
    ] {
        assert_eq!(store.put_back(&Tenant::default(), id, &event).await.expect("a response"), outcome);
    }
    let back = leased(store, &lease("i", 1)).await.expect("due immediately");
    assert_eq!(back.outbox().events, [creation.clone(), change.event()]);

    // Only the published event is removed, whatever its version.
    let settle =
        async |version| Outbox::settle(store, &Tenant::default(), id, version).await.expect("a response");
    assert_eq!(settle(change.event().version).await, Settled::MoreLeft);
    let left = store.find(&Tenant::default(), id).await.expect("a response").expect("the order");
    assert_eq!(left.outbox().events, [creation]);
    assert_eq!(settle(Version::FIRST).await, Settled::Empty);
    let left = store.find(&Tenant::default(), id).await.expect("a response").expect("the order");
    assert_eq!(*left.outbox(), orders_domain::Outbox::default(), "the outbox is empty");
    assert_eq!(store.oldest().await.expect("a response"), None);
    a_relay_does_not_remove_a_requeued_event(store).await;
}

/// A relay has moved the first of two events to the dead-letter queue. Its call that removes the event
/// arrives twice, and the event is requeued in between.
async fn a_relay_does_not_remove_a_requeued_event(store: &(impl Backlog + Orders + WaitingEvents)) {
    let record = inserted(store).await;
    let change = payment(&record);
    store.apply(&change).await.expect("a response").expect("a change");
    let relay = lease("j", LATER);
    let leased_by_it = leased(store, &relay).await.expect("the order");
    let remove = async || Backlog::settle(store, &relay, &leased_by_it, Version::FIRST).await;
    assert_eq!(remove().await.expect("a response"), Settled::MoreLeft);
    let creation = PendingEvent { version: Version::FIRST, traceparent: None };
    let put_back = store.put_back(&Tenant::default(), record.order().id(), &creation).await;
    assert_eq!(put_back.expect("a response"), PutBack::Done);
    assert_eq!(remove().await.expect("a response"), Settled::MoreLeft);
    let again = leased(store, &lease("k", 1)).await.expect("not leased, and due immediately");
    assert_eq!(again.outbox().events, [creation, change.event()]);
    assert_eq!(again.outbox().rejections, 0);
}

fn payment(record: &OrderRecord) -> StatusChange {
    StatusChange {
        tenant: Tenant::default(),
        order_id: record.order().id(),
        expected: Version::FIRST,
        target: Status::Paid,
        key: fresh_key().parse().expect("a key"),
        at: wall_clock(),
        traceparent: None,
    }
}

#[tokio::test]
async fn documentdb_keeps_the_contract() {
    suite(&documentdb().await).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    suite(&InMemoryOrders::default()).await;
}
