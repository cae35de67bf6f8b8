//! The store of orders.

use crate::OrderCollection;
use crate::change::{effect_of, pushed, without_change_of};
use crate::collection::COLLECTION;
use crate::document::{OrderDocument, date, due_at, int64, key_in_tenant, parse};
use crate::hold_document::hold_condition;
use crate::payments::payment_key;
use kernel::PortError;
use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;
use orders_domain::ports::{Existing, Inserted, Orders};
use orders_domain::{CancelReason, Effect, Order, OrderChange, OrderKey, OrderRecord, PaymentFact};
use platform_mongodb::{unavailable, unreadable};

impl Orders for OrderCollection {
    async fn insert(&self, record: &OrderRecord) -> Result<Inserted, PortError> {
        let document = OrderDocument::write(record).map_err(unreadable)?;
        let inserted = self.run_repeatable("insert", async |orders| orders.insert_one(&document).await).await;
        match inserted {
            Ok(_) => Ok(Inserted::New),
            Err(error) if error.is_duplicate_key() => self.duplicate_of(record.order()).await,
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn existing(&self, key: &OrderKey) -> Result<Option<Existing>, PortError> {
        let filter = doc! { "_id": key.id.to_string(), "tenant": key.tenant.as_str() };
        self.find_reasons(filter).await?.as_ref().map(existing).transpose()
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
        expected.extend(hold_condition(change).map(|condition| ("hold".to_owned(), condition.into())));
        if matches!(change.effect, Effect::Correction(_)) {
            let last = format!("history.{}", OrderRecord::MAX_STEPS - 1);
            expected.insert(last, doc! { "$exists": false });
        }
        // A retry after a lost response must not match again.
        let (field, condition) = without_change_of(&change.key);
        expected.insert(field, condition);
        let pushed = pushed(change).map_err(unreadable)?;
        let set = doc! { "updated_at": date(change.at), "outbox_due_at": due_at() };
        let mut update = effect_of(change, set).map_err(unreadable)?;
        update.extend(doc! {
            "$inc": { "version": 1_i64 },
            "$push": pushed,
        });
        if let Effect::Payment(payment) = &change.effect
            && !payment.added.facts.is_empty()
        {
            let key = |fact: &PaymentFact| payment_key(&change.order.tenant, &fact.provider, &fact.payment);
            let keys: Vec<_> = payment.added.facts.iter().map(key).collect();
            update.insert("$addToSet", doc! { "payment.keys": { "$each": keys } });
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
        let found = self.find_first("find_one", filter, Document::new()).await?;
        found.map(|document| OrderDocument::read(document).map_err(unreadable)).transpose()
    }
}

impl OrderCollection {
    /// Returns the reason for a duplicate key: the id, the external id or the number of an order. Looks for each by its
    /// own index.
    async fn duplicate_of(&self, order: &Order) -> Result<Inserted, PortError> {
        if let Some(existing) = self.existing(&order.key()).await? {
            return Ok(Inserted::AlreadyThere(existing));
        }
        if let Some(external_id) = &order.request().references().external_id {
            let filter = doc! { "external_key": key_in_tenant(order.tenant(), external_id) };
            if self.find_reasons(filter).await?.is_some() {
                return Ok(Inserted::ExternalIdTaken);
            }
        }
        match order.number() {
            Some(_) => Ok(Inserted::NumberTaken),
            None => Err(unreadable("no order has the duplicate key")),
        }
    }

    /// Returns the document with the number and the reasons in the history of the first order that matches.
    async fn find_reasons(&self, filter: Document) -> Result<Option<Document>, PortError> {
        self.find_first("find_number", filter, doc! { "number": 1, "history.reason": 1 }).await
    }

    /// Returns the fields of the first order that matches; all of them with an empty projection. As a plain command: `find` of the
    /// driver would add half a megabyte to a function that reads no lists.
    async fn find_first(
        &self,
        operation: &'static str,
        filter: Document,
        projection: Document,
    ) -> Result<Option<Document>, PortError> {
        let command = doc! {
            "find": COLLECTION,
            "filter": filter,
            "projection": projection,
            "limit": 1,
            "singleBatch": true,
        };
        let run = async |database: Database| database.run_command(command.clone()).await;
        let found = self.database.run_repeatable(operation, run).await.map_err(unavailable)?;
        let batch = found.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
        let batch = batch.map_err(|_| unreadable("the reply to find has no documents"))?;
        Ok(batch.first().and_then(Bson::as_document).cloned())
    }
}

/// Reads what a retry needs to know of an order.
fn existing(document: &Document) -> Result<Existing, PortError> {
    let number = document.get_str("number").ok().map(parse).transpose().map_err(unreadable)?;
    let steps = document.get_array("history").map_err(unreadable)?;
    let reason = |step: &Bson| step.as_document()?.get_str("reason").ok().map(CancelReason::restore);
    let is_rejected = steps.iter().filter_map(reason).any(|reason| reason == CancelReason::Rejected);
    Ok(Existing { number, is_rejected })
}
