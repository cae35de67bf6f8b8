//! What the relay needs of the collection.

use crate::DocumentDb;
use crate::document::{OrderDocument, date, pending, timestamp};
use crate::error::{unavailable, unreadable};
use mongodb::bson::{DateTime, Document, doc};
use mongodb::options::ReturnDocument;
use orders::ports::{Backlog, Orders as _, PortError};
use orders::{Lease, OrderId, OrderRecord, PendingEvent, PutOff, Tenant, Timestamp};
use std::time::Duration;

/// How long an order that can't be read is left alone.
const UNREADABLE_FOR: Duration = Duration::from_hours(1);

/// Orders that have events to publish. DocumentDB uses a sparse index only where the query says so.
fn waiting() -> Document {
    doc! { "$exists": true }
}

fn of_owner(lease: &Lease, record: &OrderRecord) -> Document {
    doc! {
        "_id": record.order().id().to_string(),
        "tenant": record.order().tenant().as_str(),
        "outbox_lease.owner": &lease.owner,
    }
}

impl Backlog for DocumentDb {
    async fn lease(&self, lease: &Lease) -> Result<Option<OrderRecord>, PortError> {
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
        // Repeated after a lost answer it leases another order; the first is free again when its
        // lease ends.
        let leased = self
            .repeatable("lease", || {
                self.orders()
                    .find_one_and_update(due_and_free.clone(), take.clone())
                    .sort(doc! { "outbox_due_at": 1 })
                    .return_document(ReturnDocument::After)
            })
            .await
            .map_err(unavailable)?;
        let Some(document) = leased else {
            return Ok(None);
        };
        let id = document.get("_id").cloned();
        match OrderDocument::read(document) {
            Ok(record) => Ok(Some(record)),
            Err(error) => {
                // It would be the first in every batch from now on.
                let later = doc! {
                    "$set": { "outbox_due_at": date(lease.now.after(UNREADABLE_FOR)) },
                    "$unset": { "outbox_lease": "" },
                };
                let it = doc! { "_id": id, "outbox_lease.owner": &lease.owner };
                self.repeatable("put_off", || self.orders().update_one(it.clone(), later.clone()))
                    .await
                    .map_err(unavailable)?;
                Err(unreadable(error))
            }
        }
    }

    async fn put_off(&self, lease: &Lease, record: &OrderRecord, put_off: PutOff) -> Result<(), PortError> {
        let ours = of_owner(lease, record);
        let later = doc! {
            "$set": {
                "outbox_due_at": date(put_off.due_at),
                "outbox_rejections": i64::from(put_off.rejections),
            },
            "$unset": { "outbox_lease": "" },
        };
        self.repeatable("put_off", || self.orders().update_one(ours.clone(), later.clone()))
            .await
            .map(drop)
            .map_err(unavailable)
    }

    async fn put_back(&self, tenant: &Tenant, id: OrderId, event: &PendingEvent) -> Result<(), PortError> {
        let event = pending(event).map_err(unreadable)?;
        let without_it = doc! {
            "_id": id.to_string(),
            "tenant": tenant.as_str(),
            "outbox.version": { "$ne": event.get_i64("version").map_err(unreadable)? },
        };
        let again = doc! {
            "$push": { "outbox": event },
            "$set": { "outbox_due_at": DateTime::now() },
            "$min": { "outbox_since": DateTime::now() },
            "$unset": { "outbox_rejections": "" },
        };
        let put = self
            .repeatable("put_back", || self.orders().update_one(without_it.clone(), again.clone()))
            .await
            .map_err(unavailable)?;
        if put.matched_count == 0 && self.find(tenant, id).await?.is_none() {
            return Err(unreadable(format!("there is no order {id} to put an event back to")));
        }
        Ok(())
    }

    async fn oldest(&self) -> Result<Option<Timestamp>, PortError> {
        let first = self
            .orders()
            .find_one(doc! { "outbox_since": waiting() })
            .sort(doc! { "outbox_since": 1 })
            .projection(doc! { "outbox_since": 1 });
        let Some(document) = self.bounded("oldest", first).await.map_err(unavailable)? else {
            return Ok(None);
        };
        let since = *document.get_datetime("outbox_since").map_err(unreadable)?;
        timestamp(since).map(Some).map_err(unreadable)
    }
}
