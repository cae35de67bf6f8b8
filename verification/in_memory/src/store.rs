//! The collection of orders.

use orders_domain::ports::{Backlog, Inserted, Listing, Orders, Outbox, PortError, PutBack, Settled, WaitingEvents};
use orders_domain::{
    Lease, Order, OrderId, OrderParts, OrderQuery, OrderRecord, Page, PendingEvent, PutOff, StatusChange,
    Tenant, Timestamp, Version,
};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Mutex;

/// Orders and their outboxes in memory.
#[derive(Debug, Default)]
pub struct InMemoryOrders {
    orders: Mutex<BTreeMap<OrderId, Stored>>,
}

#[derive(Debug)]
struct Stored {
    record: OrderRecord,
    due_at: Timestamp,
    lease_owner: Option<String>,
}

impl Stored {
    fn new(record: OrderRecord) -> Self {
        let due_at = record.order().updated_at().after(OrderRecord::RELAY_GRACE);
        Self { record, due_at, lease_owner: None }
    }

    fn set_outbox(&mut self, outbox: orders_domain::Outbox) {
        let (order, history) = (self.record.order().clone(), self.record.history().to_vec());
        self.record = OrderRecord::restore(order, history, outbox).expect("a record with another outbox");
    }
}

impl InMemoryOrders {
    /// Everything that is stored, by the orders' ids.
    ///
    /// # Panics
    ///
    /// When a test has while storing.
    #[must_use]
    pub fn records(&self) -> Vec<OrderRecord> {
        self.orders.lock().expect("no panic").values().map(|stored| stored.record.clone()).collect()
    }

    fn of<T>(&self, tenant: &Tenant, id: OrderId, work: impl FnOnce(&mut Stored) -> T) -> Option<T> {
        let mut orders = self.orders.lock().expect("no panic");
        orders.get_mut(&id).filter(|stored| stored.record.order().tenant() == tenant).map(work)
    }
}

impl Listing for InMemoryOrders {
    async fn page(&self, query: &OrderQuery) -> Result<Page, PortError> {
        let (from, below) = query.ids();
        let stored = self.orders.lock().expect("no panic");
        let mut orders: Vec<_> = stored
            .values()
            .map(|stored| stored.record.order())
            .filter(|order| {
                order.tenant() == &query.tenant
                    && query.customer_id.as_ref().is_none_or(|id| order.customer_id() == id)
                    && query.status.is_none_or(|status| order.status() == status)
                    && from.is_none_or(|from| order.id() >= from)
                    && below.is_none_or(|below| order.id() < below)
            })
            .cloned()
            .collect();
        orders.sort_by_key(|order| std::cmp::Reverse(order.id()));
        let more = orders.len() > query.limit.get();
        orders.truncate(query.limit.get());
        Ok(Page { orders, more })
    }
}

impl Orders for InMemoryOrders {
    async fn insert(&self, record: &OrderRecord) -> Result<Inserted, PortError> {
        let mut orders = self.orders.lock().expect("no panic");
        Ok(match orders.entry(record.order().id()) {
            Entry::Occupied(_) => Inserted::AlreadyThere,
            Entry::Vacant(place) => {
                place.insert(Stored::new(record.clone()));
                Inserted::New
            }
        })
    }

    async fn apply(&self, change: &StatusChange) -> Result<Option<OrderRecord>, PortError> {
        let applied = self.of(&change.tenant, change.order_id, |stored| {
            let record = &stored.record;
            if change.explain(Some(record)).is_some() {
                return None;
            }
            let order = record.order();
            let (customer, items) = (order.customer_id().clone(), order.items().to_vec());
            let changed = Order::restore(OrderParts {
                id: order.id(),
                tenant: order.tenant().clone(),
                request: orders_domain::NewOrder::new(customer, order.currency(), items)
                    .expect("what it was made of"),
                version: order.version().next(),
                status: change.target,
                created_at: order.created_at(),
                updated_at: change.at,
            });
            let history = [record.history(), &[change.transition()]].concat();
            let mut outbox = record.outbox().clone();
            outbox.events.push(change.event());
            let changed = OrderRecord::restore(changed.expect("a later version"), history, outbox);
            stored.record = changed.expect("a record after a legal change");
            stored.due_at = change.at.after(OrderRecord::RELAY_GRACE);
            Some(stored.record.clone())
        });
        Ok(applied.flatten())
    }

    async fn find(&self, tenant: &Tenant, id: OrderId) -> Result<Option<OrderRecord>, PortError> {
        Ok(self.of(tenant, id, |stored| stored.record.clone()))
    }
}

impl Outbox for InMemoryOrders {
    async fn settle(&self, tenant: &Tenant, id: OrderId, version: Version) -> Result<Settled, PortError> {
        let settled = self.of(tenant, id, |stored| {
            let mut outbox = stored.record.outbox().clone();
            let before = outbox.events.len();
            outbox.events.retain(|event| event.version != version);
            let taken = outbox.events.len() < before;
            let empty = taken && outbox.events.is_empty();
            if taken {
                outbox.rejections = 0;
            }
            if empty {
                outbox.leased_until = None;
                stored.lease_owner = None;
            }
            stored.set_outbox(outbox);
            if empty { Settled::Empty } else { Settled::MoreLeft }
        });
        Ok(settled.unwrap_or(Settled::MoreLeft))
    }
}

impl Backlog for InMemoryOrders {
    async fn lease(&self, lease: &Lease) -> Result<Option<OrderRecord>, PortError> {
        let mut orders = self.orders.lock().expect("no panic");
        let due = |stored: &&mut Stored| {
            let outbox = stored.record.outbox();
            let free = outbox.leased_until.is_none_or(|until| until <= lease.now);
            !outbox.events.is_empty() && stored.due_at <= lease.now && free
        };
        Ok(orders.values_mut().filter(due).min_by_key(|stored| stored.due_at).map(|stored| {
            let outbox = orders_domain::Outbox { leased_until: Some(lease.until), ..stored.record.outbox().clone() };
            stored.set_outbox(outbox);
            stored.lease_owner = Some(lease.owner.clone());
            stored.record.clone()
        }))
    }

    async fn settle(
        &self,
        lease: &Lease,
        record: &OrderRecord,
        version: Version,
    ) -> Result<Settled, PortError> {
        let (tenant, id) = (record.order().tenant(), record.order().id());
        let ours = self.of(tenant, id, |stored| stored.lease_owner.as_ref() == Some(&lease.owner));
        if ours == Some(true) {
            Outbox::settle(self, tenant, id, version).await
        } else {
            Ok(Settled::MoreLeft)
        }
    }

    async fn put_off(&self, lease: &Lease, record: &OrderRecord, put_off: PutOff) -> Result<(), PortError> {
        self.of(record.order().tenant(), record.order().id(), |stored| {
            if stored.lease_owner.as_ref() == Some(&lease.owner) {
                let mut outbox = orders_domain::Outbox { leased_until: None, ..stored.record.outbox().clone() };
                if let Some((version, times)) = put_off.rejected
                    && outbox.events.first().is_some_and(|first| first.version == version)
                {
                    outbox.rejections = times;
                }
                stored.set_outbox(outbox);
                stored.due_at = put_off.due_at;
                stored.lease_owner = None;
            }
        });
        Ok(())
    }
}

impl WaitingEvents for InMemoryOrders {
    async fn put_back(
        &self,
        tenant: &Tenant,
        id: OrderId,
        event: &PendingEvent,
    ) -> Result<PutBack, PortError> {
        let put = self.of(tenant, id, |stored| {
            if stored.record.order().version() < event.version {
                return None;
            }
            let mut outbox = stored.record.outbox().clone();
            if outbox.events.iter().any(|waiting| waiting.version == event.version) {
                return Some(PutBack::WasThere);
            }
            outbox.events.push(event.clone());
            outbox.rejections = 0;
            outbox.leased_until = None;
            stored.set_outbox(outbox);
            stored.lease_owner = None;
            stored.due_at = stored.record.order().created_at();
            Some(PutBack::Done)
        });
        let unreadable = || PortError::Unreadable { dependency: "memory", source: "no such order".into() };
        put.flatten().ok_or_else(unreadable)
    }

    async fn oldest(&self) -> Result<Option<Timestamp>, PortError> {
        let orders = self.orders.lock().expect("no panic");
        let since = |stored: &Stored| stored.record.pending_events().next().map(|event| event.time());
        Ok(orders.values().filter_map(since).min())
    }
}
