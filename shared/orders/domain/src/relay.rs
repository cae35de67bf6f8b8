//! Publishing what nobody else did.

use crate::ports::{Backlog, DeadLetters, Delivery, EventPublisher, PortError, Settled};
use crate::{Event, OrderRecord, Timestamp, Version};
use std::sync::Arc;
use std::time::Duration;

/// A claim of one relay on orders, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Whose it is; no two leases have the same.
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
    /// Which event the bus has rejected, and how often by now; `None` leaves what is known.
    pub rejected: Option<(Version, u32)>,
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

/// What batches came to.
#[derive(Debug, Default)]
pub struct Relayed {
    /// Events that the bus accepted.
    pub published: usize,
    /// Tries that failed, of events that will be tried again.
    pub failed: usize,
    /// Events that were buried.
    pub dead: usize,
    /// When the orders that were given back come to their turn again.
    pub due_again: Vec<Timestamp>,
    /// What went wrong with the bus, the store or the dead letters. What was leased then comes to
    /// its turn again when it is due, or when the lease ends.
    pub failures: Vec<Arc<PortError>>,
}

/// How a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchEnd {
    /// As many orders were due as a batch takes; more may be.
    Full,
    /// No more orders were due.
    NothingElseDue,
    /// Something was out of reach; trying on is of no use now.
    OutOfReach,
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

impl<S: Backlog, P: EventPublisher, D: DeadLetters> Relay<'_, S, P, D> {
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
    /// with it. What fails ends nothing but its own order. All is noted in `relayed` as it
    /// happens, so that it is not lost with a batch that is cut off.
    pub async fn batch(&self, lease: &Lease, relayed: &mut Relayed) -> BatchEnd {
        let mut orders = Vec::with_capacity(Self::BATCH);
        let mut end = BatchEnd::Full;
        for _ in 0..Self::BATCH {
            match self.store.lease(lease).await {
                Ok(Some(record)) => orders.push(Leased::new(record)),
                Ok(None) => {
                    end = BatchEnd::NothingElseDue;
                    break;
                }
                Err(error @ PortError::Unreadable { .. }) => relayed.failures.push(Arc::new(error)),
                Err(error @ PortError::Unavailable { .. }) => {
                    relayed.failures.push(Arc::new(error));
                    end = BatchEnd::OutOfReach;
                    break;
                }
            }
        }
        while !orders.is_empty() {
            let (mut heads, mut leased) = (Vec::new(), Vec::new());
            for mut order in orders {
                if let Some(event) = order.events.next() {
                    heads.push(event);
                    leased.push(order);
                } else {
                    // Leased without events: two publishers were cut off between taking the last
                    // ones and clearing up. Settling any version clears up.
                    let version = order.record.order().version();
                    if let Err(error) = self.store.settle(lease, &order.record, version).await {
                        relayed.failures.push(Arc::new(error));
                    }
                }
            }
            orders = Vec::new();
            let deliveries = if heads.is_empty() { Vec::new() } else { self.publisher.publish(&heads).await };
            for ((order, event), delivery) in leased.into_iter().zip(heads).zip(deliveries) {
                if let Delivery::Unsent(error) = &delivery {
                    relayed.failures.push(Arc::clone(error));
                    end = BatchEnd::OutOfReach;
                }
                match self.note(lease, order, event, delivery, relayed).await {
                    Ok(Some(order)) => orders.push(order),
                    Ok(None) => {}
                    Err(error) => {
                        relayed.failures.push(Arc::new(error));
                        end = BatchEnd::OutOfReach;
                    }
                }
            }
        }
        end
    }

    /// Acts on the fate of an order's first event. Answers the order when it may go on.
    async fn note(
        &self,
        lease: &Lease,
        mut order: Leased,
        event: Event,
        delivery: Delivery,
        relayed: &mut Relayed,
    ) -> Result<Option<Leased>, PortError> {
        let version = event.order.version();
        match delivery {
            Delivery::Accepted => relayed.published += 1,
            Delivery::Unsent(_) => {
                relayed.failed += 1;
                let due_at = lease.now.after(Self::AFTER_OUTAGE);
                self.store.put_off(lease, &order.record, PutOff { due_at, rejected: None }).await?;
                return Ok(None);
            }
            Delivery::Rejected { reason } => {
                let rejections = order.rejections + 1;
                if let Some(wait) = Self::BACKOFF.get(order.rejections as usize) {
                    relayed.failed += 1;
                    let due_at = lease.now.after(*wait);
                    relayed.due_again.push(due_at);
                    let put_off = PutOff { due_at, rejected: Some((version, rejections)) };
                    self.store.put_off(lease, &order.record, put_off).await?;
                    return Ok(None);
                }
                let letter = DeadLetter { event, reason, tries: rejections };
                self.dead_letters.bury(&letter).await.inspect_err(|_| relayed.failed += 1)?;
                relayed.dead += 1;
            }
        }
        match self.store.settle(lease, &order.record, version).await? {
            // What else we have read of it, somebody else has published in the meantime.
            Settled::Empty => Ok(None),
            Settled::MoreLeft if order.events.len() == 0 => {
                // Written since we read the order: given back, and due like any other.
                relayed.due_again.push(lease.now);
                let put_off = PutOff { due_at: lease.now, rejected: None };
                self.store.put_off(lease, &order.record, put_off).await?;
                Ok(None)
            }
            Settled::MoreLeft => {
                order.rejections = 0;
                Ok(Some(order))
            }
        }
    }
}

impl Leased {
    fn new(record: OrderRecord) -> Self {
        let events = record.pending_events().collect::<Vec<_>>().into_iter();
        Self { rejections: record.outbox().rejections, record, events }
    }
}
