//! Leases of the relay.

use crate::OrderCollection;
use crate::document::{OrderDocument, date, int64};
use crate::outbox::{filter_of, waiting};
use kernel::{PortError, Version};
use mongodb::bson::{Document, doc};
use mongodb::options::ReturnDocument;
use orders_domain::{Event, OrderKey, OrderRecord};
use platform_mongodb::{unavailable, unreadable};
use platform_outbox::{Entry, Lease, Leased, LeasedFrom, RelayQueue, Reschedule};
use std::time::Duration;

/// Backoff of an order that can't be read.
const UNREADABLE_BACKOFF: Duration = Duration::from_hours(1);

impl RelayQueue for OrderCollection {
    type Payload = Event;

    async fn lease(&self, lease: &Lease) -> Result<Option<LeasedFrom<Self>>, PortError> {
        let mut due = waiting();
        due.insert("$lte", date(lease.now));
        let due_and_free = doc! {
            "outbox_due_at": due,
            "$or": [
                { "outbox_lease": { "$exists": false } },
                { "outbox_lease.until": { "$lte": date(lease.now) } },
            ],
        };
        let take = doc! { "$set": { "outbox_lease": { "owner": &lease.owner, "until": date(lease.until) } } };
        // A retry after a lost response leases another order; the lease of the first one expires.
        let leased = self
            .run_repeatable("lease", async |orders| {
                orders
                    .find_one_and_update(due_and_free.clone(), take.clone())
                    .sort(doc! { "outbox_due_at": 1 })
                    .return_document(ReturnDocument::After)
                    .await
            })
            .await
            .map_err(unavailable)?;
        let Some(document) = leased else {
            return Ok(None);
        };
        let id = document.get("_id").cloned();
        match OrderDocument::read(document) {
            Ok(record) => Ok(Some(leased_record(&record))),
            Err(error) => {
                // Otherwise it would be the first in every later batch.
                let later = doc! {
                    "$set": { "outbox_due_at": date(lease.now.after(UNREADABLE_BACKOFF)) },
                    "$unset": { "outbox_lease": "" },
                };
                self.update_leased(doc! { "_id": id, "outbox_lease.owner": &lease.owner }, later).await?;
                Err(unreadable(error))
            }
        }
    }

    async fn reschedule(
        &self,
        lease: &Lease,
        key: &OrderKey,
        next: Reschedule<Version>,
    ) -> Result<(), PortError> {
        let mut changed = doc! { "outbox_due_at": date(next.due_at) };
        if let Some((version, count)) = next.rejected {
            let rejections = doc! { "version": int64(version), "count": i64::from(count) };
            changed.insert("outbox_rejections", rejections);
        }
        let later = doc! { "$set": changed, "$unset": { "outbox_lease": "" } };
        self.update_leased(filter_of(key, Some(lease)), later).await
    }

    async fn clear_empty(&self, lease: &Lease, key: &OrderKey) -> Result<(), PortError> {
        self.update_if_empty(&filter_of(key, Some(lease))).await.map(drop)
    }
}

impl OrderCollection {
    async fn update_leased(&self, filter: Document, update: Document) -> Result<(), PortError> {
        self.run_repeatable("put_off", async |orders| orders.update_one(filter.clone(), update.clone()).await)
            .await
            .map(drop)
            .map_err(unavailable)
    }
}

fn leased_record(record: &OrderRecord) -> LeasedFrom<OrderCollection> {
    let entry = |event: Event| Entry { id: event.order.version(), payload: event };
    Leased {
        key: record.order().key(),
        entries: record.pending_events().map(entry).collect(),
        rejections: record.outbox().rejections,
    }
}
