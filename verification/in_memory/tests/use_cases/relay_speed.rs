//! Throughput of the relay over slow stores, on a virtual clock.

use crate::order;
use kernel::{PortError, Timestamp, Version};
use orders_domain::ports::Orders as _;
use orders_domain::{Event, EventAddress, OrderKey, OrderRecord};
use orders_in_memory::{InMemoryBus, InMemoryDeadLetters, InMemoryOrders};
use platform_outbox::{
    Delivery, Lease, LeaseWindow, LeasedFrom, OutboxAcks, OutboxAdmin, Publisher, RelayQueue, RelayRun,
    RelaySummary, Remaining, Requeued, Reschedule,
};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

const DELAY: Duration = Duration::from_millis(5);

/// Store with a pool of connections, in which each call takes [`DELAY`].
struct Slow {
    store: InMemoryOrders,
    pool: Semaphore,
}

impl Slow {
    async fn wait(&self) {
        let _connection = self.pool.acquire().await.expect("an open pool");
        sleep(DELAY).await;
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

struct SlowBus(InMemoryBus);

impl Publisher for SlowBus {
    type Payload = Event;

    async fn publish(&self, events: &[Event]) -> Vec<Delivery> {
        sleep(DELAY).await;
        self.0.publish(events).await
    }
}

#[tokio::test(start_paused = true)]
async fn one_relay_publishes_1000_events_per_second_over_stores_of_5_ms() {
    const EVENTS: usize = 200;
    let store = InMemoryOrders::default();
    for _ in 0..EVENTS {
        store.insert(&OrderRecord::created(order(), None)).await.expect("a result");
    }
    let relay = RelayRun {
        queue: Slow { store: store.clone(), pool: Semaphore::new(LeaseWindow::MAX.into()) },
        publisher: SlowBus(InMemoryBus::default()),
        dead_letters: InMemoryDeadLetters::default(),
        lease_duration: Duration::from_secs(30),
    };
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
