//! Acknowledgements and administration of the outboxes.

use crate::OrderCollection;
use crate::document::{int64, pending, timestamp};
use kernel::{PortError, Timestamp, Version};
use mongodb::bson::{DateTime, Document, doc};
use orders_domain::ports::Orders as _;
use orders_domain::{EventAddress, OrderKey};
use platform_mongodb::{unavailable, unreadable};
use platform_outbox::{Lease, OutboxAcks, OutboxAdmin, Remaining, Requeued};

/// Condition for orders with events to publish. DocumentDB uses a sparse index only with it.
pub(crate) fn waiting() -> Document {
    doc! { "$exists": true }
}

/// Filter for an order; with `lease`, only while its owner has the lease.
pub(crate) fn filter_of(key: &OrderKey, lease: Option<&Lease>) -> Document {
    let mut filter = doc! { "_id": key.id.to_string(), "tenant": key.tenant.as_str() };
    if let Some(lease) = lease {
        filter.insert("outbox_lease.owner", &lease.owner);
    }
    filter
}

/// Update that removes all fields of the outbox.
fn without_outbox() -> Document {
    doc! { "$unset": {
        "outbox": "", "outbox_due_at": "", "outbox_since": "", "outbox_rejections": "", "outbox_lease": ""
    } }
}

impl OutboxAcks for OrderCollection {
    type Key = OrderKey;
    type EntryId = Version;

    async fn acknowledge(
        &self,
        key: &OrderKey,
        version: Version,
        lease: Option<&Lease>,
    ) -> Result<Remaining, PortError> {
        let filter = filter_of(key, lease);
        let version = int64(version);
        let only_entry = extended(&filter, doc! { "outbox": { "$size": 1 }, "outbox.version": version });
        if self.update(only_entry, without_outbox()).await? {
            return Ok(Remaining::Nothing);
        }
        // The outbox has other entries, or this one was already removed.
        let entry = doc! { "$pull": { "outbox": { "version": version } } };
        self.update(extended(&filter, doc! { "outbox.version": version }), entry).await?;
        // The others may have been removed in the meantime.
        if self.update_if_empty(&filter).await? { Ok(Remaining::Nothing) } else { Ok(Remaining::Entries) }
    }
}

impl OrderCollection {
    /// Removes the outbox of the order that matches if it has no entries; returns `true` if it did.
    pub(crate) async fn update_if_empty(&self, filter: &Document) -> Result<bool, PortError> {
        self.update(extended(filter, doc! { "outbox": { "$size": 0 } }), without_outbox()).await
    }

    /// Makes an update that is safe to repeat; returns `true` when it matched.
    async fn update(&self, filter: Document, update: Document) -> Result<bool, PortError> {
        self.run_repeatable("settle", async |orders| orders.update_one(filter.clone(), update.clone()).await)
            .await
            .map(|result| result.matched_count > 0)
            .map_err(unavailable)
    }
}

fn extended(filter: &Document, conditions: Document) -> Document {
    let mut filter = filter.clone();
    filter.extend(conditions);
    filter
}

impl OutboxAdmin for OrderCollection {
    type Address = EventAddress;

    async fn requeue(&self, address: &EventAddress) -> Result<Requeued, PortError> {
        let EventAddress { order, event } = address;
        let version = int64(event.version);
        let conditions = doc! { "version": { "$gte": version }, "outbox.version": { "$ne": version } };
        let without_event = extended(&filter_of(order, None), conditions);
        let requeue = doc! {
            "$push": { "outbox": pending(event).map_err(unreadable)? },
            "$set": { "outbox_due_at": DateTime::now() },
            "$min": { "outbox_since": DateTime::now() },
            "$unset": { "outbox_lease": "", "outbox_rejections": "" },
        };
        // Retried only while the server has not executed it: after that, a second attempt could not tell an event
        // that the first one wrote from an earlier one.
        let requeued = self
            .run("put_back", async |orders| orders.update_one(without_event.clone(), requeue.clone()).await)
            .await;
        if requeued.map_err(unavailable)?.matched_count > 0 {
            return Ok(Requeued::Done);
        }
        match self.find(order).await? {
            Some(record) if record.order().version() >= event.version => Ok(Requeued::AlreadyThere),
            _ => Err(unreadable(format!("no order {} at version {version} for a dead letter", order.id))),
        }
    }

    async fn oldest(&self) -> Result<Option<Timestamp>, PortError> {
        let first = self
            .run_repeatable("oldest", async |orders| {
                orders
                    .find_one(doc! { "outbox_since": waiting() })
                    .sort(doc! { "outbox_since": 1 })
                    .projection(doc! { "outbox_since": 1 })
                    .await
            })
            .await;
        let Some(document) = first.map_err(unavailable)? else {
            return Ok(None);
        };
        let since = *document.get_datetime("outbox_since").map_err(unreadable)?;
        timestamp(since).map(Some).map_err(unreadable)
    }
}
