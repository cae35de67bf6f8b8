//! Outboxes of the orders.

use crate::InMemoryOrders;
use crate::store::Stored;
use kernel::{PortError, Timestamp, Version};
use orders_domain::{Event, EventAddress, OrderKey, Outbox};
use platform_outbox::{
    Entry, Lease, Leased, LeasedFrom, OutboxAcks, OutboxAdmin, RelayQueue, Remaining, Requeued, Reschedule,
};

impl Stored {
    fn is_owned_by(&self, lease: &Lease) -> bool {
        self.lease_owner.as_ref() == Some(&lease.owner)
    }

    fn remove(&mut self, version: Version) -> Remaining {
        let mut outbox = self.record.outbox().clone();
        let before = outbox.events.len();
        outbox.events.retain(|event| event.version != version);
        let was_removed = outbox.events.len() < before;
        let is_empty = was_removed && outbox.events.is_empty();
        if was_removed {
            outbox.rejections = 0;
        }
        if is_empty {
            outbox.leased_until = None;
            self.lease_owner = None;
        }
        self.set_outbox(outbox);
        if is_empty { Remaining::Nothing } else { Remaining::Entries }
    }
}

impl OutboxAcks for InMemoryOrders {
    type Key = OrderKey;
    type EntryId = Version;

    async fn acknowledge(
        &self,
        key: &OrderKey,
        version: Version,
        lease: Option<&Lease>,
    ) -> Result<Remaining, PortError> {
        let remaining = self.with(key, |stored| {
            if lease.is_none_or(|lease| stored.is_owned_by(lease)) {
                stored.remove(version)
            } else {
                Remaining::Entries
            }
        });
        Ok(remaining.unwrap_or(Remaining::Entries))
    }
}

impl RelayQueue for InMemoryOrders {
    type Payload = Event;

    async fn lease(&self, lease: &Lease) -> Result<Option<LeasedFrom<Self>>, PortError> {
        let mut orders = self.stored();
        let due = |stored: &&mut Stored| {
            let outbox = stored.record.outbox();
            let is_free = outbox.leased_until.is_none_or(|until| until <= lease.now);
            !outbox.events.is_empty() && stored.due_at <= lease.now && is_free
        };
        Ok(orders.values_mut().filter(due).min_by_key(|stored| stored.due_at).map(|stored| {
            let outbox = Outbox { leased_until: Some(lease.until), ..stored.record.outbox().clone() };
            stored.set_outbox(outbox);
            stored.lease_owner = Some(lease.owner.clone());
            let entry = |event: Event| Entry { id: event.order.version(), payload: event };
            Leased {
                key: stored.record.order().key(),
                entries: stored.record.pending_events().map(entry).collect(),
                rejections: stored.record.outbox().rejections,
            }
        }))
    }

    async fn reschedule(
        &self,
        lease: &Lease,
        key: &OrderKey,
        next: Reschedule<Version>,
    ) -> Result<(), PortError> {
        self.with(key, |stored| {
            if stored.is_owned_by(lease) {
                let mut outbox = Outbox { leased_until: None, ..stored.record.outbox().clone() };
                if let Some((version, times)) = next.rejected
                    && outbox.events.first().is_some_and(|first| first.version == version)
                {
                    outbox.rejections = times;
                }
                stored.set_outbox(outbox);
                stored.due_at = next.due_at;
                stored.lease_owner = None;
            }
        });
        Ok(())
    }

    async fn clear_empty(&self, lease: &Lease, key: &OrderKey) -> Result<(), PortError> {
        self.with(key, |stored| {
            if stored.is_owned_by(lease) && stored.record.outbox().events.is_empty() {
                stored.set_outbox(Outbox::default());
                stored.lease_owner = None;
            }
        });
        Ok(())
    }
}

impl OutboxAdmin for InMemoryOrders {
    type Address = EventAddress;

    async fn requeue(&self, EventAddress { order, event }: &EventAddress) -> Result<Requeued, PortError> {
        let requeued = self.with(order, |stored| {
            if stored.record.order().version() < event.version {
                return None;
            }
            let mut outbox = stored.record.outbox().clone();
            if outbox.events.iter().any(|pending| pending.version == event.version) {
                return Some(Requeued::AlreadyThere);
            }
            outbox.events.push(event.clone());
            outbox.rejections = 0;
            outbox.leased_until = None;
            stored.set_outbox(outbox);
            stored.lease_owner = None;
            stored.due_at = stored.record.order().created_at();
            Some(Requeued::Done)
        });
        let unreadable = || PortError::Unreadable { dependency: "memory", source: "no such order".into() };
        requeued.flatten().ok_or_else(unreadable)
    }

    async fn oldest(&self) -> Result<Option<Timestamp>, PortError> {
        let orders = self.stored();
        let since = |stored: &Stored| stored.record.pending_events().next().map(|event| event.time());
        Ok(orders.values().filter_map(since).min())
    }
}
