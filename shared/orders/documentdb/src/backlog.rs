//! What the relay needs of the collection.

use crate::DocumentDb;
use crate::document::{OrderDocument, date, int64, pending, timestamp};
use crate::error::{unavailable, unreadable};
use mongodb::bson::{DateTime, Document, doc};
use mongodb::options::ReturnDocument;
use orders_domain::ports::{Backlog, Orders as _, PortError, PutBack, Settled, WaitingEvents};
use orders_domain::{Lease, OrderId, OrderRecord, PendingEvent, PutOff, Tenant, Timestamp, Version};
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
            .repeatable("lease", async |it| {
                it.orders
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
            Ok(record) => Ok(Some(record)),
            Err(error) => {
                // It would be the first in every batch from now on.
                let later = doc! {
                    "$set": { "outbox_due_at": date(lease.now.after(UNREADABLE_FOR)) },
                    "$unset": { "outbox_lease": "" },
                };
                let ours = doc! { "_id": id, "outbox_lease.owner": &lease.owner };
                self.repeatable("put_off", async |it| {
                    it.orders.update_one(ours.clone(), later.clone()).await
                })
                .await
                .map_err(unavailable)?;
                Err(unreadable(error))
            }
        }
    }

    async fn settle(
        &self,
        lease: &Lease,
        record: &OrderRecord,
        version: Version,
    ) -> Result<Settled, PortError> {
        self.settle_of(of_owner(lease, record), version).await
    }

    async fn put_off(&self, lease: &Lease, record: &OrderRecord, put_off: PutOff) -> Result<(), PortError> {
        let ours = of_owner(lease, record);
        let mut changed = doc! { "outbox_due_at": date(put_off.due_at) };
        if let Some((version, count)) = put_off.rejected {
            let rejections = doc! { "version": int64(version), "count": i64::from(count) };
            changed.insert("outbox_rejections", rejections);
        }
        let later = doc! { "$set": changed, "$unset": { "outbox_lease": "" } };
        self.repeatable("put_off", async |it| it.orders.update_one(ours.clone(), later.clone()).await)
            .await
            .map(drop)
            .map_err(unavailable)
    }
}

impl WaitingEvents for DocumentDb {
    async fn put_back(
        &self,
        tenant: &Tenant,
        id: OrderId,
        event: &PendingEvent,
    ) -> Result<PutBack, PortError> {
        let version = int64(event.version);
        let without_it = doc! {
            "_id": id.to_string(),
            "tenant": tenant.as_str(),
            "version": { "$gte": version },
            "outbox.version": { "$ne": version },
        };
        let again = doc! {
            "$push": { "outbox": pending(event).map_err(unreadable)? },
            "$set": { "outbox_due_at": DateTime::now() },
            "$min": { "outbox_since": DateTime::now() },
            "$unset": { "outbox_lease": "", "outbox_rejections": "" },
        };
        // Not repeated: a second try would find the event of the first, and not know whose it is.
        let put = self
            .run("put_back", async |it| it.orders.update_one(without_it.clone(), again.clone()).await)
            .await;
        if put.map_err(unavailable)?.matched_count > 0 {
            return Ok(PutBack::Done);
        }
        match self.find(tenant, id).await? {
            Some(record) if record.order().version() >= event.version => Ok(PutBack::WasThere),
            _ => Err(unreadable(format!(
                "there is no order {id} at version {version} to put an event back to"
            ))),
        }
    }

    async fn oldest(&self) -> Result<Option<Timestamp>, PortError> {
        let first = self
            .repeatable("oldest", async |it| {
                it.orders
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
