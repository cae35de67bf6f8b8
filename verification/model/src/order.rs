//! Contents of the stores: orders, their events and their leases.

use crate::request::Request;

/// Lifetime of a key: its claims end together, then the next epoch begins.
pub(crate) type Epoch = u8;

/// Identity of an order: the key of its claim, and its number among the orders of that key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderId {
    pub(crate) key: u8,
    pub(crate) index: u8,
}

/// Version of an order, and of the event that announces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// The version that was stored first.
    Created,
    /// The version after the change.
    Changed,
}

impl Version {
    pub(crate) const ALL: [Self; 2] = [Self::Created, Self::Changed];
}

/// Contents of the stores for one idempotency key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Current epoch of this key.
    pub(crate) now: Epoch,
    /// Order in the claim, which has its fingerprint and its time.
    pub(crate) claim: Option<OrderId>,
    /// Orders that were built for the key. Omits those that were neither claimed nor stored.
    pub(crate) orders: Vec<Order>,
}

/// Order in a claim or in the collection, and its events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Order {
    /// Request that it was built from.
    pub(crate) request: Request,
    /// Time at which it was built and its claim was made.
    pub(crate) made_in: Epoch,
    /// `true` once it is in the collection, together with its first event.
    pub(crate) is_stored: bool,
    /// `true` once it was changed, which wrote the second event.
    pub(crate) is_changed: bool,
    pub(crate) lease: Lease,
    /// State of its events, by version.
    pub(crate) events: [Event; 2],
}

/// State of an event; the default before the event is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Event {
    /// `true` while it is in the outbox of its order.
    pub(crate) is_pending: bool,
    /// First publisher.
    pub(crate) published: Option<Publisher>,
    /// Number of dead letters.
    pub(crate) dead_letters: u8,
    /// `true` after a redrive has requeued it, until it is published for the first time.
    pub(crate) is_requeued: bool,
}

/// Right to remove an order's event from the outbox, in addition to the function that stored it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lease {
    /// No owner: any relay may lease the order.
    Free,
    /// Owned by this relay.
    Held(u8),
    /// Expired, but this relay is the owner until another one leases the order.
    Expired(u8),
    /// Owned by a relay that crashed.
    Abandoned,
}

/// Process that published an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Publisher {
    /// The function that stored the order.
    Function,
    /// A relay.
    Relay,
    /// A relay, after the event was a dead letter and was requeued.
    RelayAfterRedrive,
}

impl Order {
    /// Creates an order that is about to be claimed or stored.
    pub(crate) fn new(request: Request, made_in: Epoch) -> Self {
        Self {
            request,
            made_in,
            is_stored: false,
            is_changed: false,
            lease: Lease::Free,
            events: [Event::default(); 2],
        }
    }

    /// Returns the versions of the events in the outbox.
    pub(crate) fn pending(&self) -> impl DoubleEndedIterator<Item = Version> {
        Version::ALL.into_iter().filter(|version| self.event(*version).is_pending)
    }

    /// Returns the events that were written.
    pub(crate) fn written(&self) -> impl Iterator<Item = Event> + Clone {
        let count = usize::from(self.is_stored) + usize::from(self.is_changed);
        self.events.into_iter().take(count)
    }

    pub(crate) fn event(&self, version: Version) -> Event {
        self.events[version as usize]
    }

    pub(crate) fn event_mut(&mut self, version: Version) -> &mut Event {
        &mut self.events[version as usize]
    }
}

impl Event {
    /// Returns `true` once the bus or the dead-letter queue has it.
    pub(crate) fn is_delivered(self) -> bool {
        self.published.is_some() || self.dead_letters > 0
    }
}
