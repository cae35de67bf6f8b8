//! The ports over the collection.

use crate::DocumentDb;
use crate::document::{OrderDocument, date, due_at, int64, pushed};
use crate::error::{is_duplicate_key, unavailable, unreadable};
use mongodb::bson::{DateTime, Document, doc};
use mongodb::options::ReturnDocument;
use orders_domain::ports::{Inserted, Orders, Outbox, PortError, Settled};
use orders_domain::{OrderId, OrderRecord, Status, StatusChange, Tenant, Version};

impl Orders for DocumentDb {
    async fn insert(&self, record: &OrderRecord) -> Result<Inserted, PortError> {
        let document = OrderDocument::write(record).map_err(unreadable)?;
        match self.repeatable("insert", async |it| it.orders.insert_one(&document).await).await {
            Ok(_) => Ok(Inserted::New),
            Err(error) if is_duplicate_key(&error) => Ok(Inserted::AlreadyThere),
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn apply(&self, change: &StatusChange) -> Result<Option<OrderRecord>, PortError> {
        let sources: Vec<_> = change.target.sources().map(Status::as_str).collect();
        let key = change.key.as_str();
        let at_the_expected_version_and_new_to_it = doc! {
            "_id": change.order_id.to_string(),
            "tenant": change.tenant.as_str(),
            "version": int64(change.expected),
            "status": { "$in": sources },
            // Repeated after a lost answer, the write must not match again.
            "history.idempotency_key": { "$ne": key },
        };
        let (transition, event) = pushed(change).map_err(unreadable)?;
        let update = doc! {
            "$set": {
                "status": change.target.as_str(),
                "updated_at": date(change.at),
                "outbox_due_at": due_at(),
            },
            "$inc": { "version": 1_i64 },
            "$min": { "outbox_since": DateTime::now() },
            "$push": { "history": transition, "outbox": event },
        };
        self.repeatable("find_one_and_update", async |it| {
            it.orders
                .find_one_and_update(at_the_expected_version_and_new_to_it.clone(), update.clone())
                .return_document(ReturnDocument::After)
                .await
        })
        .await
        .map_err(unavailable)?
        .map(|document| OrderDocument::read(document).map_err(unreadable))
        .transpose()
    }

    async fn find(&self, tenant: &Tenant, id: OrderId) -> Result<Option<OrderRecord>, PortError> {
        let filter = doc! { "_id": id.to_string(), "tenant": tenant.as_str() };
        self.repeatable("find_one", async |it| it.orders.find_one(filter.clone()).await)
            .await
            .map_err(unavailable)?
            .map(|document| OrderDocument::read(document).map_err(unreadable))
            .transpose()
    }
}

/// All that an order with an empty outbox does not have.
fn without_outbox() -> Document {
    doc! { "$unset": {
        "outbox": "", "outbox_due_at": "", "outbox_since": "", "outbox_rejections": "", "outbox_lease": ""
    } }
}

impl Outbox for DocumentDb {
    async fn settle(&self, tenant: &Tenant, id: OrderId, version: Version) -> Result<Settled, PortError> {
        self.settle_of(doc! { "_id": id.to_string(), "tenant": tenant.as_str() }, version).await
    }
}

impl DocumentDb {
    /// Takes the event of a version from the order that `filter` matches.
    pub(crate) async fn settle_of(&self, filter: Document, version: Version) -> Result<Settled, PortError> {
        let with = |outbox: Document| {
            let mut filter = filter.clone();
            filter.extend(outbox);
            filter
        };
        let version = int64(version);
        let its_only_one = with(doc! { "outbox": { "$size": 1 }, "outbox.version": version });
        if self.updated(its_only_one, without_outbox()).await? {
            return Ok(Settled::Empty);
        }
        // There are others, or it is gone already.
        let it = doc! { "$pull": { "outbox": { "version": version } } };
        self.updated(with(doc! { "outbox.version": version }), it).await?;
        // The others may have gone in between.
        if self.updated(with(doc! { "outbox": { "$size": 0 } }), without_outbox()).await? {
            return Ok(Settled::Empty);
        }
        Ok(Settled::MoreLeft)
    }

    /// Makes an update that is safe to repeat; tells whether it matched.
    async fn updated(&self, filter: Document, update: Document) -> Result<bool, PortError> {
        self.repeatable("settle", async |it| it.orders.update_one(filter.clone(), update.clone()).await)
            .await
            .map(|result| result.matched_count > 0)
            .map_err(unavailable)
    }
}
