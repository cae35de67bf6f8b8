//! Store of orders.

use kernel::{PortError, Timestamp};
use orders_domain::ports::{Inserted, Listing, Orders};
use orders_domain::{
    Effect, ExternalId, Order, OrderChange, OrderId, OrderKey, OrderParts, OrderQuery, OrderRecord, Outbox,
    Page, Patch,
};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard};

/// Orders and their outboxes in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct InMemoryOrders {
    orders: Arc<Mutex<BTreeMap<OrderId, Stored>>>,
}

/// Stored order.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) record: OrderRecord,
    pub(crate) due_at: Timestamp,
    pub(crate) lease_owner: Option<String>,
}

impl Stored {
    fn new(record: OrderRecord) -> Self {
        let due_at = record.order().updated_at().after(OrderRecord::RELAY_GRACE);
        Self { record, due_at, lease_owner: None }
    }

    pub(crate) fn set_outbox(&mut self, outbox: Outbox) {
        let (order, history) = (self.record.order().clone(), self.record.history().to_vec());
        self.record = OrderRecord::restore(order, history, outbox).expect("a record with another outbox");
    }
}

impl InMemoryOrders {
    /// Returns all records, sorted by the ids of their orders.
    ///
    /// # Panics
    ///
    /// When a test has panicked while storing.
    #[must_use]
    pub fn records(&self) -> Vec<OrderRecord> {
        self.stored().values().map(|stored| stored.record.clone()).collect()
    }

    pub(crate) fn stored(&self) -> MutexGuard<'_, BTreeMap<OrderId, Stored>> {
        self.orders.lock().expect("no panic")
    }

    /// Returns `true` when another order of the tenant has the external id.
    fn is_taken(&self, key: &OrderKey, external_id: Option<&ExternalId>) -> bool {
        external_id.is_some()
            && self.stored().values().map(|stored| stored.record.order()).any(|order| {
                order.tenant() == &key.tenant
                    && order.id() != key.id
                    && order.request().references().external_id.as_ref() == external_id
            })
    }

    /// Runs `work` on an order; `None` when the tenant has no such order.
    pub(crate) fn with<T>(&self, key: &OrderKey, work: impl FnOnce(&mut Stored) -> T) -> Option<T> {
        let mut orders = self.stored();
        orders.get_mut(&key.id).filter(|stored| stored.record.order().tenant() == &key.tenant).map(work)
    }
}

impl Listing for InMemoryOrders {
    async fn page(&self, query: &OrderQuery) -> Result<Page, PortError> {
        let stored = self.stored();
        let orders = stored.values().map(|stored| stored.record.order());
        let mut orders: Vec<_> = orders.filter(|order| query.includes(order)).cloned().collect();
        orders.sort_by_key(|order| std::cmp::Reverse(order.id()));
        let has_more = orders.len() > query.limit.get();
        orders.truncate(query.limit.get());
        let next_after = orders.last().filter(|_| has_more).map(Order::id);
        Ok(Page { orders, next_after, ..Page::default() })
    }
}

impl Orders for InMemoryOrders {
    async fn insert(&self, record: &OrderRecord) -> Result<Inserted, PortError> {
        let order = record.order();
        if self.is_taken(&order.key(), order.request().references().external_id.as_ref()) {
            return Ok(Inserted::ExternalIdTaken);
        }
        Ok(match self.stored().entry(order.id()) {
            Entry::Occupied(_) => Inserted::AlreadyThere,
            Entry::Vacant(place) => {
                place.insert(Stored::new(record.clone()));
                Inserted::New
            }
        })
    }

    async fn apply(&self, change: &OrderChange) -> Result<Option<OrderRecord>, PortError> {
        if let Effect::Correction(correction) = &change.effect
            && let Patch::Set(external_id) = &correction.external_id
            && self.is_taken(&change.order, Some(external_id))
        {
            return Ok(None);
        }
        let applied = self.with(&change.order, |stored| {
            let record = &stored.record;
            if change.outcome_without_write(Some(record)).is_some() {
                return None;
            }
            let order = record.order();
            let step = change.step(order.status());
            let request = match &change.effect {
                Effect::Correction(correction) => correction.applied_to(order.request()),
                Effect::Status(_) => order.request().clone(),
            };
            let changed = Order::restore(OrderParts {
                id: order.id(),
                tenant: order.tenant().clone(),
                request,
                version: order.version().next(),
                status: step.status,
                created_at: order.created_at(),
                updated_at: change.at,
            });
            let history = [record.history(), &[step]].concat();
            let mut outbox = record.outbox().clone();
            outbox.events.push(change.event());
            let changed = OrderRecord::restore(changed.expect("a later version"), history, outbox);
            stored.record = changed.expect("a record after an allowed change");
            stored.due_at = change.at.after(OrderRecord::RELAY_GRACE);
            Some(stored.record.clone())
        });
        Ok(applied.flatten())
    }

    async fn find(&self, key: &OrderKey) -> Result<Option<OrderRecord>, PortError> {
        Ok(self.with(key, |stored| stored.record.clone()))
    }
}
