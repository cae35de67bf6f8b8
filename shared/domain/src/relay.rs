//! Publishing what nobody else did.

use crate::ports::{Backlog, DeadLetters, Delivery, EventPublisher, Outbox, PortError, Settled};
use crate::{Event, OrderRecord, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// A claim of one relay on orders, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Whose it is; different for every run of every relay.
    pub owner: String,
    /// When it was taken.
    pub now: Timestamp,
    /// When it ends, and anybody may take the orders.
    pub until: Timestamp,
}

/// When an order comes to its turn again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutOff {
    /// From then on.
    pub due_at: Timestamp,
    /// How often the bus has rejected its first event by now.
    pub rejections: u32,
}

/// An event that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The event.
    pub event: Event,
    /// What the bus said last.
    pub reason: String,
    /// How often it was tried.
    pub tries: u32,
}

/// What a batch came to.
#[derive(Debug, Default)]
pub struct Relayed {
    /// How many orders were due; fewer than [`Relay::BATCH`] means that no more are, unless
    /// something stopped it.
    pub leased: usize,
    /// Events that the bus accepted.
    pub published: usize,
    /// Tries that failed, of events that will be tried again.
    pub failed: usize,
    /// Events that were buried.
    pub dead: usize,
    /// When the orders of rejected events come to their turn again.
    pub due_again: Vec<Timestamp>,
    /// Why the bus, the store or the dead letters could not be reached, if so. What was leased
    /// comes to its turn again when it is due, or when the lease ends.
    pub stopped_by: Option<Arc<PortError>>,
}

/// The relay over its ports.
#[derive(Debug)]
pub struct Relay<'a, S, P, D> {
    /// Where the events wait.
    pub store: &'a S,
    /// Where they go.
    pub publisher: &'a P,
    /// Where those go that are rejected time and again.
    pub dead_letters: &'a D,
}

/// An order under way: its record, and its events that are still to be published.
struct Leased {
    record: OrderRecord,
    events: std::vec::IntoIter<Event>,
    rejections: u32,
}

impl<S: Backlog + Outbox, P: EventPublisher, D: DeadLetters> Relay<'_, S, P, D> {
    /// How many orders are worked on at a time, and so the most events of one call to the bus.
    pub const BATCH: usize = 10;

    /// How long an event waits after each rejection; after one more it is buried.
    pub const BACKOFF: [Duration; 5] = [
        Duration::from_secs(1),
        Duration::from_secs(2),
        Duration::from_secs(4),
        Duration::from_secs(8),
        Duration::from_secs(16),
    ];

    /// How long an order waits after a call that failed altogether.
    const AFTER_OUTAGE: Duration = Duration::from_secs(5);

    /// Leases up to [`Relay::BATCH`] due orders and publishes their events: the first of every
    /// order in one call, then the second of every order, so that each order's events stay in
    /// version order. What is accepted is taken away, what is rejected is put off, and its order
    /// with it. What fails ends nothing but its own order, and is in [`Relayed::stopped_by`].
    pub async fn batch(&self, lease: &Lease) -> Relayed {
        let mut relayed = Relayed::default();
        let mut orders = Vec::with_capacity(Self::BATCH);
        while orders.len() < Self::BATCH {
            match self.store.lease(lease).await {
                Ok(Some(record)) => orders.push(Leased::new(record)),
                Ok(None) => break,
                Err(error) => {
                    relayed.stopped_by = Some(Arc::new(error));
                    break;
                }
            }
        }
        relayed.leased = orders.len();
        while !orders.is_empty() {
            let (mut heads, mut leased) = (Vec::new(), Vec::new());
            for mut order in orders {
                if let Some(event) = order.events.next() {
                    heads.push(event);
                    leased.push(order);
                }
            }
            orders = Vec::new();
            let deliveries = if heads.is_empty() { Vec::new() } else { self.publisher.publish(&heads).await };
            for ((order, event), delivery) in leased.into_iter().zip(heads).zip(deliveries) {
                match self.note(lease, order, event, delivery, &mut relayed).await {
                    Ok(Some(order)) => orders.push(order),
                    Ok(None) => {}
                    Err(error) => relayed.stopped_by = Some(error),
                }
            }
        }
        relayed
    }

    /// Acts on the fate of an order's first event. Answers the order when it may go on.
    async fn note(
        &self,
        lease: &Lease,
        mut order: Leased,
        event: Event,
        delivery: Delivery,
        relayed: &mut Relayed,
    ) -> Result<Option<Leased>, Arc<PortError>> {
        match delivery {
            Delivery::Accepted => relayed.published += 1,
            Delivery::Unsent(error) => {
                relayed.failed += 1;
                self.put_off(lease, &order, Self::AFTER_OUTAGE, order.rejections).await?;
                return Err(error);
            }
            Delivery::Rejected { reason } => {
                let rejections = order.rejections + 1;
                if let Some(wait) = Self::BACKOFF.get(order.rejections as usize) {
                    relayed.failed += 1;
                    relayed.due_again.push(lease.now.after(*wait));
                    self.put_off(lease, &order, *wait, rejections).await?;
                    return Ok(None);
                }
                let letter = DeadLetter { event: event.clone(), reason, tries: rejections };
                self.dead_letters.bury(&letter).await.inspect_err(|_| relayed.failed += 1)?;
                relayed.dead += 1;
            }
        }
        let settled =
            self.store.settle(event.order.tenant(), event.order.id(), event.order.version()).await?;
        order.rejections = 0;
        if order.events.len() == 0 && settled == Settled::MoreLeft {
            // Written since we read the order: given back, and due like any other.
            self.put_off(lease, &order, Duration::ZERO, 0).await?;
        }
        Ok(Some(order))
    }

    async fn put_off(
        &self,
        lease: &Lease,
        order: &Leased,
        wait: Duration,
        rejections: u32,
    ) -> Result<(), PortError> {
        let put_off = PutOff { due_at: lease.now.after(wait), rejections };
        self.store.put_off(lease, &order.record, put_off).await
    }
}

impl Leased {
    fn new(record: OrderRecord) -> Self {
        let events = record.pending_events().collect::<Vec<_>>().into_iter();
        Self { rejections: record.outbox().rejections, record, events }
    }
}
