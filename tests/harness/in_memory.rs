//! The ports in memory, for tests without servers. The contract suites hold them to the same
//! behaviour as the adapters.

use orders::ports::{Claim, Claims, Delivery, EventPublisher, Inserted, NewClaim, Orders, Outbox, PortError};
use orders::{
    Event, Fingerprint, Order, OrderId, OrderParts, OrderRecord, StatusChange, Tenant, Timestamp, Version,
};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Mutex;

/// Claims in memory.
#[derive(Debug, Default)]
pub struct InMemoryClaims {
    claims: Mutex<HashMap<(Tenant, String), Held>>,
}

#[derive(Debug)]
struct Held {
    fingerprint: Fingerprint,
    order: Order,
    expires_at: Timestamp,
}

impl Claims for InMemoryClaims {
    async fn claim(&self, claim: &NewClaim<'_>) -> Result<Claim, PortError> {
        let mut claims = self.claims.lock().expect("no panic");
        let key = (claim.order.tenant().clone(), claim.key.to_string());
        match claims.get(&key) {
            Some(held) if held.expires_at.unix_seconds() >= claim.order.created_at().unix_seconds() => {
                Ok(if held.fingerprint != claim.fingerprint {
                    Claim::KeyReused
                } else if held.order.id() == claim.order.id() {
                    Claim::Won
                } else {
                    Claim::Replay(held.order.clone())
                })
            }
            _ => {
                let (fingerprint, order, expires_at) =
                    (claim.fingerprint, claim.order.clone(), claim.expires_at);
                claims.insert(key, Held { fingerprint, order, expires_at });
                Ok(Claim::Won)
            }
        }
    }
}

/// Orders and their outboxes in memory.
#[derive(Debug, Default)]
pub struct InMemoryOrders {
    orders: Mutex<HashMap<OrderId, OrderRecord>>,
}

impl Orders for InMemoryOrders {
    async fn insert(&self, record: &OrderRecord) -> Result<Inserted, PortError> {
        let mut orders = self.orders.lock().expect("no panic");
        Ok(match orders.entry(record.order().id()) {
            Entry::Occupied(_) => Inserted::AlreadyThere,
            Entry::Vacant(place) => {
                place.insert(record.clone());
                Inserted::New
            }
        })
    }

    async fn apply(&self, change: &StatusChange) -> Result<Option<OrderRecord>, PortError> {
        let mut orders = self.orders.lock().expect("no panic");
        let found = orders.get(&change.order_id).filter(|record| record.order().tenant() == &change.tenant);
        let Some(record) = found.filter(|found| change.explain(Some(found)).is_none()) else {
            return Ok(None);
        };
        let order = record.order();
        let changed = Order::restore(OrderParts {
            id: order.id(),
            tenant: order.tenant().clone(),
            request: orders::NewOrder::new(
                order.customer_id().clone(),
                order.currency(),
                order.items().to_vec(),
            )
            .expect("what an order was made of"),
            version: order.version().next(),
            status: change.target,
            created_at: order.created_at(),
            updated_at: change.at,
        })
        .expect("an order after its first version");
        let history = [record.history(), &[change.transition()]].concat();
        let outbox = [record.outbox(), &[change.event()]].concat();
        let changed = OrderRecord::restore(changed, history, outbox).expect("a record after a legal change");
        orders.insert(change.order_id, changed.clone());
        Ok(Some(changed))
    }

    async fn find(&self, tenant: &Tenant, id: OrderId) -> Result<Option<OrderRecord>, PortError> {
        let orders = self.orders.lock().expect("no panic");
        Ok(orders.get(&id).filter(|record| record.order().tenant() == tenant).cloned())
    }
}

impl Outbox for InMemoryOrders {
    async fn settle(&self, tenant: &Tenant, id: OrderId, up_to: Version) -> Result<(), PortError> {
        let mut orders = self.orders.lock().expect("no panic");
        if let Some(record) = orders.get_mut(&id).filter(|record| record.order().tenant() == tenant) {
            let left = record.outbox().iter().filter(|event| event.version > up_to).cloned().collect();
            *record = OrderRecord::restore(record.order().clone(), record.history().to_vec(), left)
                .expect("a record with fewer events");
        }
        Ok(())
    }
}

/// A bus in memory, and what was published on it.
#[derive(Debug, Default)]
pub struct InMemoryBus {
    events: Mutex<Vec<Event>>,
}

impl InMemoryBus {
    /// What was published so far.
    ///
    /// # Panics
    ///
    /// When a test has while publishing.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().expect("no panic").clone()
    }
}

impl EventPublisher for InMemoryBus {
    async fn publish(&self, events: &[Event]) -> Result<Vec<Delivery>, PortError> {
        self.events.lock().expect("no panic").extend_from_slice(events);
        Ok(vec![Delivery::Accepted; events.len()])
    }
}
