//! The contract of `Backlog`: what the relay finds, and who has it.

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

/// A lease that begins so many seconds from now, for ten seconds.
fn lease(owner: &str, in_seconds: u64) -> Lease {
    let now = wall_clock().after(Duration::from_secs(in_seconds));
    Lease { owner: owner.to_owned(), now, until: now.after(Duration::from_secs(10)) }
}

/// Longer than the grace, so that everything written is due.
const LATER: u64 = 20;

async fn inserted(store: &impl Orders) -> OrderRecord {
    let record = OrderRecord::created(order_of(&Tenant::default(), wall_clock()), None);
    store.insert(&record).await.expect("an answer");
    record
}

async fn leased(store: &impl Backlog, lease: &Lease) -> Option<OrderRecord> {
    store.lease(lease).await.expect("an answer")
}

async fn suite(store: &(impl Backlog + Orders + Outbox + WaitingEvents)) {
    assert_eq!(store.oldest().await.expect("an answer"), None, "nothing waits");
    let (first, second) = (inserted(store).await, inserted(store).await);
    assert!(store.oldest().await.expect("an answer").expect("something waits") <= wall_clock());

    assert_eq!(leased(store, &lease("a", 0)).await, None, "not due yet: whoever wrote it is at it");
    let one = leased(store, &lease("a", LATER)).await.expect("an order");
    let other = leased(store, &lease("b", LATER)).await.expect("the other order");
    assert_ne!(one.order().id(), other.order().id());
    assert!(one.outbox().leased_until.is_some());
    assert_eq!(leased(store, &lease("c", LATER)).await, None, "both are leased");
    assert!([first.order().id(), second.order().id()].contains(&one.order().id()));

    // Put off by its owner only.
    let put_off = PutOff { due_at: lease("", LATER + 5).now, rejected: Some((Version::FIRST, 3)) };
    store.put_off(&lease("b", LATER), &one, put_off).await.expect("an answer");
    assert_eq!(leased(store, &lease("c", LATER + 6)).await, None, "not b's to put off");
    store.put_off(&lease("a", LATER), &one, put_off).await.expect("an answer");
    assert_eq!(leased(store, &lease("c", LATER + 4)).await, None, "not due again yet");
    let again = leased(store, &lease("c", LATER + 6)).await.expect("due again");
    assert_eq!((again.order().id(), again.outbox().rejections), (one.order().id(), 3));

    // A lease that has ended is anybody's.
    let taken_over = leased(store, &lease("d", LATER + 11)).await.expect("b's lease has ended");
    assert_eq!(taken_over.order().id(), other.order().id());

    // Who has lost its lease takes nothing away.
    let settled = Backlog::settle(store, &lease("b", LATER), &other, Version::FIRST).await;
    assert_eq!(settled.expect("an answer"), Settled::MoreLeft);
    let left = store.find(&Tenant::default(), other.order().id()).await.expect("an answer");
    assert_eq!(left.expect("the order").outbox().events.len(), 1);

    // What is settled is gone.
    for record in [&one, &other] {
        let order = record.order();
        Outbox::settle(store, order.tenant(), order.id(), order.version()).await.expect("an answer");
    }
    assert_eq!(leased(store, &lease("e", 3600)).await, None);
    assert_eq!(store.oldest().await.expect("an answer"), None);

    // A change while the order is leased keeps the lease, and shows it.
    let record = inserted(store).await;
    leased(store, &lease("f", LATER)).await.expect("the order");
    let change = payment(&record);
    let changed = store.apply(&change).await.expect("an answer").expect("a change");
    assert!(changed.outbox().leased_until.is_some(), "left to the relay");
    Outbox::settle(store, &Tenant::default(), record.order().id(), Version::FIRST).await.expect("an answer");
    let left = leased(store, &lease("g", LATER + 20)).await.expect("the later event");
    assert_eq!(left.outbox().events, [change.event()]);

    // Putting back: once, in version order, and at once due.
    let creation = PendingEvent { version: Version::FIRST, traceparent: None };
    let id = record.order().id();
    let settled = Outbox::settle(store, &Tenant::default(), id, changed.order().version()).await;
    assert_eq!(settled.expect("an answer"), Settled::Empty);
    store.put_back(&tenant("another"), id, &creation).await.expect_err("another tenant has no such order");
    assert_eq!(leased(store, &lease("h", 3600)).await, None, "not another tenant's");
    let never = PendingEvent { version: change.event().version.next(), traceparent: None };
    store.put_back(&Tenant::default(), id, &never).await.expect_err("a version that never was");
    for (event, outcome) in [
        (change.event(), PutBack::Done),
        (creation.clone(), PutBack::Done),
        (creation.clone(), PutBack::WasThere),
    ] {
        assert_eq!(store.put_back(&Tenant::default(), id, &event).await.expect("an answer"), outcome);
    }
    let back = leased(store, &lease("i", 1)).await.expect("due at once");
    assert_eq!(back.outbox().events, [creation.clone(), change.event()]);

    // Only what was published is taken away, whatever its version.
    let settle =
        async |version| Outbox::settle(store, &Tenant::default(), id, version).await.expect("an answer");
    assert_eq!(settle(change.event().version).await, Settled::MoreLeft);
    let left = store.find(&Tenant::default(), id).await.expect("an answer").expect("the order");
    assert_eq!(left.outbox().events, [creation]);
    assert_eq!(settle(Version::FIRST).await, Settled::Empty);
    let left = store.find(&Tenant::default(), id).await.expect("an answer").expect("the order");
    assert_eq!(*left.outbox(), orders_domain::Outbox::default(), "nothing of it is left");
    assert_eq!(store.oldest().await.expect("an answer"), None);
    a_relay_does_not_take_away_what_is_put_back(store).await;
}

/// A relay has buried the first of two events, and its call to take it away arrives twice; between
/// the two, the event is put back.
async fn a_relay_does_not_take_away_what_is_put_back(store: &(impl Backlog + Orders + WaitingEvents)) {
    let record = inserted(store).await;
    let change = payment(&record);
    store.apply(&change).await.expect("an answer").expect("a change");
    let relay = lease("j", LATER);
    let leased_by_it = leased(store, &relay).await.expect("the order");
    let bury = async || Backlog::settle(store, &relay, &leased_by_it, Version::FIRST).await;
    assert_eq!(bury().await.expect("an answer"), Settled::MoreLeft);
    let creation = PendingEvent { version: Version::FIRST, traceparent: None };
    let put_back = store.put_back(&Tenant::default(), record.order().id(), &creation).await;
    assert_eq!(put_back.expect("an answer"), PutBack::Done);
    assert_eq!(bury().await.expect("an answer"), Settled::MoreLeft);
    let again = leased(store, &lease("k", 1)).await.expect("free, and due at once");
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
