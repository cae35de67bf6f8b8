//! Contracts of `RelayQueue` and `OutboxAdmin`: records with due entries, their leases, and requeuing.

use crate::{documentdb, key_of_another_tenant, order_of};
use kernel::{Tenant, Timestamp, Version};
use orders_domain::ports::Orders;
use orders_domain::{
    Effect, Event, EventAddress, OrderChange, OrderKey, OrderRecord, Outbox, PendingEvent, RequestKey, Status,
};
use orders_in_memory::InMemoryOrders;
use orders_tests::fresh_key;
use platform_outbox::{
    Lease, LeasedFrom, OutboxAcks, OutboxAdmin, RelayQueue, Remaining, Requeued, Reschedule,
};
use std::time::{Duration, SystemTime};

/// Store of orders with all ports of the outbox.
trait Store:
    Orders
    + OutboxAcks<Key = OrderKey, EntryId = Version>
    + RelayQueue<Payload = Event>
    + OutboxAdmin<Address = EventAddress>
{
}

impl<S> Store for S where
    S: Orders
        + OutboxAcks<Key = OrderKey, EntryId = Version>
        + RelayQueue<Payload = Event>
        + OutboxAdmin<Address = EventAddress>
{
}

fn wall_clock() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

/// Returns a lease of ten seconds that begins `in_seconds` from now.
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

async fn leased<S: Store>(store: &S, lease: &Lease) -> Option<LeasedFrom<S>> {
    store.lease(lease).await.expect("a response")
}

async fn found(store: &impl Store, key: &OrderKey) -> OrderRecord {
    store.find(key).await.expect("a response").expect("the order")
}

fn versions<S: Store>(leased: &LeasedFrom<S>) -> Vec<u64> {
    leased.entries.iter().map(|entry| entry.id.get()).collect()
}

async fn leases<S: Store>(store: &S) {
    assert_eq!(store.oldest().await.expect("a response"), None, "nothing is pending");
    let (first, second) = (inserted(store).await, inserted(store).await);
    assert!(store.oldest().await.expect("a response").expect("something is pending") <= wall_clock());

    assert!(leased(store, &lease("a", 0)).await.is_none(), "not due yet: left to its writer");
    let one = leased(store, &lease("a", LATER)).await.expect("an order");
    let other = leased(store, &lease("b", LATER)).await.expect("the other order");
    assert_ne!(one.key, other.key);
    assert!([first.order().key(), second.order().key()].contains(&one.key));
    assert!(found(store, &one.key).await.outbox().leased_until.is_some());
    assert!(leased(store, &lease("c", LATER)).await.is_none(), "both are leased");

    // Only the owner of a lease can reschedule the order.
    let next = Reschedule { due_at: lease("", LATER + 5).now, rejected: Some((Version::FIRST, 3)) };
    store.reschedule(&lease("b", LATER), &one.key, next).await.expect("a response");
    assert!(leased(store, &lease("c", LATER + 6)).await.is_none(), "b does not own the lease");
    store.reschedule(&lease("a", LATER), &one.key, next).await.expect("a response");
    assert!(leased(store, &lease("c", LATER + 4)).await.is_none(), "not due again yet");
    let again = leased(store, &lease("c", LATER + 6)).await.expect("due again");
    assert_eq!((&again.key, again.rejections), (&one.key, 3));

    // An expired lease can be taken over.
    let taken_over = leased(store, &lease("d", LATER + 11)).await.expect("the lease of b has expired");
    assert_eq!(taken_over.key, other.key);

    // A former owner of a lease removes nothing, and the owner clears no outbox that has entries.
    let remaining = store.acknowledge(&other.key, Version::FIRST, Some(&lease("b", LATER))).await;
    assert_eq!(remaining.expect("a response"), Remaining::Entries);
    for owner in ["b", "d"] {
        store.clear_empty(&lease(owner, LATER), &other.key).await.expect("a response");
    }
    assert_eq!(found(store, &other.key).await.outbox().events.len(), 1);

    // Acknowledged events are removed.
    for key in [&one.key, &other.key] {
        let remaining = store.acknowledge(key, Version::FIRST, None).await.expect("a response");
        assert_eq!(remaining, Remaining::Nothing);
    }
    assert!(leased(store, &lease("e", 3600)).await.is_none());
    assert_eq!(store.oldest().await.expect("a response"), None);
}

async fn requeuing<S: Store>(store: &S) {
    // A change of a leased order keeps the lease, and returns it.
    let record = inserted(store).await;
    let key = record.order().key();
    leased(store, &lease("f", LATER)).await.expect("the order");
    let change = payment(&record);
    let changed = store.apply(&change).await.expect("a response").expect("a change");
    assert!(changed.outbox().leased_until.is_some(), "left to the relay");
    store.acknowledge(&key, Version::FIRST, None).await.expect("a response");
    let left = leased(store, &lease("g", LATER + 20)).await.expect("the later event");
    assert_eq!(versions::<S>(&left), [2]);

    // An event is requeued once, in version order, and is due immediately.
    let creation = PendingEvent { version: Version::FIRST, traceparent: None };
    let remaining = store.acknowledge(&key, changed.order().version(), None).await;
    assert_eq!(remaining.expect("a response"), Remaining::Nothing);
    let address = |event: &PendingEvent| EventAddress { order: key.clone(), event: event.clone() };
    let of_another = EventAddress { order: key_of_another_tenant(record.order()), event: creation.clone() };
    store.requeue(&of_another).await.expect_err("another tenant does not have this order");
    assert!(leased(store, &lease("h", 3600)).await.is_none(), "unchanged by the other tenant");
    let never = PendingEvent { version: change.event().version.next(), traceparent: None };
    store.requeue(&address(&never)).await.expect_err("a version that does not exist");
    for (event, outcome) in [
        (change.event(), Requeued::Done),
        (creation.clone(), Requeued::Done),
        (creation.clone(), Requeued::AlreadyThere),
    ] {
        assert_eq!(store.requeue(&address(&event)).await.expect("a response"), outcome);
    }
    let back = leased(store, &lease("i", 1)).await.expect("due immediately");
    assert_eq!(versions::<S>(&back), [1, 2]);

    // Only the published event is removed, whatever its version.
    let acknowledge = async |version| store.acknowledge(&key, version, None).await.expect("a response");
    assert_eq!(acknowledge(change.event().version).await, Remaining::Entries);
    assert_eq!(found(store, &key).await.outbox().events, [creation]);
    assert_eq!(acknowledge(Version::FIRST).await, Remaining::Nothing);
    assert_eq!(*found(store, &key).await.outbox(), Outbox::default(), "the outbox is empty");
    assert_eq!(store.oldest().await.expect("a response"), None);
}

/// A relay has sent the first of two events to the dead-letter queue. Its acknowledgement arrives twice, and
/// the event is requeued in between.
async fn a_relay_does_not_remove_a_requeued_event<S: Store>(store: &S) {
    let record = inserted(store).await;
    let key = record.order().key();
    let change = payment(&record);
    store.apply(&change).await.expect("a response").expect("a change");
    let relay = lease("j", LATER);
    leased(store, &relay).await.expect("the order");
    let remove = async || store.acknowledge(&key, Version::FIRST, Some(&relay)).await.expect("a response");
    assert_eq!(remove().await, Remaining::Entries);
    let creation = PendingEvent { version: Version::FIRST, traceparent: None };
    let requeued = store.requeue(&EventAddress { order: key.clone(), event: creation }).await;
    assert_eq!(requeued.expect("a response"), Requeued::Done);
    assert_eq!(remove().await, Remaining::Entries);
    let again = leased(store, &lease("k", 1)).await.expect("not leased, and due immediately");
    assert_eq!((versions::<S>(&again), again.rejections), (vec![1, 2], 0));
}

async fn suite<S: Store>(store: &S) {
    leases(store).await;
    requeuing(store).await;
    a_relay_does_not_remove_a_requeued_event(store).await;
}

fn payment(record: &OrderRecord) -> OrderChange {
    OrderChange {
        order: record.order().key(),
        customer: None,
        expected: Version::FIRST,
        effect: Effect::Status(Status::Paid),
        key: RequestKey::Caller(fresh_key().parse().expect("a key")),
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
