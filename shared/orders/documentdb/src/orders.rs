//! The store of orders.

use crate::OrderCollection;
use crate::change::{effect_of, pushed, without_change_of};
use crate::document::{OrderDocument, date, due_at, int64};
use kernel::PortError;
use mongodb::bson::{DateTime, doc};
use mongodb::options::ReturnDocument;
use orders_domain::ports::{Inserted, Orders};
use orders_domain::{Effect, OrderChange, OrderKey, OrderRecord};
use platform_mongodb::{unavailable, unreadable};

impl Orders for OrderCollection {
    async fn insert(&self, record: &OrderRecord) -> Result<Inserted, PortError> {
        let document = OrderDocument::write(record).map_err(unreadable)?;
        let inserted = self.run_repeatable("insert", async |orders| orders.insert_one(&document).await).await;
        match inserted {
            Ok(_) => Ok(Inserted::New),
            Err(error) if error.is_duplicate_key() => {
                // Without an order of this id, the external id is a duplicate.
                let has_external_id = record.order().request().references().external_id.is_some();
                if has_external_id && !self.exists(&record.order().key()).await? {
                    return Ok(Inserted::ExternalIdTaken);
                }
                Ok(Inserted::AlreadyThere)
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn apply(&self, change: &OrderChange) -> Result<Option<OrderRecord>, PortError> {
        let sources: Vec<_> = change.sources().iter().map(ToString::to_string).collect();
        let mut expected = doc! {
            "_id": change.order.id.to_string(),
            "tenant": change.order.tenant.as_str(),
            "version": int64(change.expected),
            "status": { "$in": sources },
        };
        if let Some(customer) = &change.customer {
            expected.insert("customer_id", customer.as_str());
        }
        if matches!(change.effect, Effect::Correction(_)) {
            let last = format!("history.{}", OrderRecord::MAX_STEPS - 1);
            expected.insert(last, doc! { "$exists": false });
        }
        // A retry after a lost response must not match again.
        let (field, condition) = without_change_of(&change.key);
        expected.insert(field, condition);
        let (step, event) = pushed(change).map_err(unreadable)?;
        let (mut set, unset) = effect_of(change).map_err(unreadable)?;
        set.extend(doc! { "updated_at": date(change.at), "outbox_due_at": due_at() });
        let mut update = doc! {
            "$set": set,
            "$inc": { "version": 1_i64 },
            "$min": { "outbox_since": DateTime::now() },
            "$push": { "history": step, "outbox": event },
        };
        // An empty `$unset` is an error.
        if !unset.is_empty() {
            update.insert("$unset", unset);
        }
        let updated = self.run_repeatable("find_one_and_update", async |orders| {
            orders
                .find_one_and_update(expected.clone(), update.clone())
                .return_document(ReturnDocument::After)
                .await
        });
        let updated = match updated.await {
            // Another order has the external id.
            Err(error) if error.is_duplicate_key() => None,
            other => other.map_err(unavailable)?,
        };
        updated.map(|document| OrderDocument::read(document).map_err(unreadable)).transpose()
    }

    async fn find(&self, key: &OrderKey) -> Result<Option<OrderRecord>, PortError> {
        let filter = doc! { "_id": key.id.to_string(), "tenant": key.tenant.as_str() };
        self.run_repeatable("find_one", async |orders| orders.find_one(filter.clone()).await)
            .await
            .map_err(unavailable)?
            .map(|document| OrderDocument::read(document).map_err(unreadable))
            .transpose()
    }
}
