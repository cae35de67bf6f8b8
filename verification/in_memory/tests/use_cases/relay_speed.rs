//! Throughput of the relay over slow stores, on a virtual clock.

use crate::order;
use kernel::{PortError, Timestamp, Version};
use orders_domain::ports::Orders as _;
use orders_domain::{Event, EventAddress, OrderKey, OrderRecord};
use orders_in_memory::{InMemoryBus, InMemoryDeadLetters, InMemoryOrders};
use platform_outbox::{
    Delivery, Lease, LeasedFrom, MAX_CONCURRENCY, OutboxAcks, OutboxAdmin, Publisher, RelayQueue, RelayRun,
    RelaySummary, Remaining, Requeued, Reschedule,
};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

/// Store with a pool of connections, in which each call takes `delay`.
struct Slow {
    store: InMemoryOrders,
    pool: Semaphore,
    delay: Duration,
}

impl Slow {
    async fn wait(&self) {
        let _connection = self.pool.acquire().await.expect("an open pool");
        sleep(self.delay).await;
    }
}

impl OutboxAcks for Slow {
    type Key = OrderKey;
    type EntryId = Version;

    async fn acknowledge(
        &self,
        key: &OrderKey,
        entry: Version,
        lease: Option<&Lease>,
    ) -> Result<Remaining, PortError> {
        self.wait().await;
        self.store.acknowledge(key, entry, lease).await
    }
}

impl RelayQueue for Slow {
    type Payload = Event;

    async fn lease(&self, lease: &Lease) -> Result<Option<LeasedFrom<Self>>, PortError> {
        self.wait().await;
        self.store.lease(lease).await
    }

    async fn reschedule(
        &self,
        lease: &Lease,
        key: &OrderKey,
        next: Reschedule<Version>,
    ) -> Result<(), PortError> {
        self.wait().await;
        self.store.reschedule(lease, key, next).await
    }

    async fn clear_empty(&self, lease: &Lease, key: &OrderKey) -> Result<(), PortError> {
        self.wait().await;
        self.store.clear_empty(lease, key).await
    }
}

impl OutboxAdmin for Slow {
    type Address = EventAddress;

    async fn requeue(&self, address: &EventAddress) -> Result<Requeued, PortError> {
        self.wait().await;
        self.store.requeue(address).await
    }

    async fn oldest(&self) -> Result<Option<Timestamp>, PortError> {
        self.wait().await;
        self.store.oldest().await
    }
}

struct SlowBus {
    bus: InMemoryBus,
    delay: Duration,
}

impl Publisher for SlowBus {
    type Payload = Event;

    async fn publish(&self, events: &[Event]) -> Vec<Delivery> {
        sleep(self.delay).await;
        self.bus.publish(events).await
    }
}

async fn relay(
    events: usize,
    connections: usize,
    delay: Duration,
) -> RelayRun<Slow, SlowBus, InMemoryDeadLetters> {
    let store = InMemoryOrders::default();
    for _ in 0..events {
        store.insert(&OrderRecord::created(order(), None)).await.expect("a result");
    }
    RelayRun {
        queue: Slow { store, pool: Semaphore::new(connections), delay },
        publisher: SlowBus { bus: InMemoryBus::default(), delay },
        dead_letters: InMemoryDeadLetters::default(),
        lease_duration: Duration::from_secs(30),
    }
}

/// Otherwise every run would lease a full batch, and reach its deadline before it publishes anything.
#[tokio::test(start_paused = true)]
async fn a_short_run_over_an_overloaded_store_publishes_something() {
    let relay = relay(200, 1, Duration::from_millis(100)).await;
    let summary = relay.run(false, "invocation", Duration::from_secs(5)).await;
    assert!(summary.published > 0, "{summary:?}");
}

#[tokio::test(start_paused = true)]
async fn one_relay_publishes_1000_events_per_second_over_stores_of_5_ms() {
    const EVENTS: usize = 200;
    let relay = relay(EVENTS, MAX_CONCURRENCY.into(), Duration::from_millis(5)).await;
    let started = Instant::now();
    let summary = relay.run(false, "invocation", Duration::from_mins(1)).await;
    let elapsed = started.elapsed();
    assert_eq!(
        summary,
        RelaySummary { published: EVENTS, failed: 0, dead: 0, redriven: 0, oldest_age_s: Some(0) }
    );
    println!("{EVENTS} events in {elapsed:?} of virtual time");
    assert!(elapsed < Duration::from_millis(EVENTS as u64), "{elapsed:?}");
}
