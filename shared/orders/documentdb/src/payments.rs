//! Payments of the orders.

use crate::OrderCollection;
use crate::collection::COLLECTION;
use crate::document::{date, int64, key_in_tenant, parse};
use kernel::{PortError, Tenant, Timestamp, Version};
use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};
use orders_domain::ports::{NextPaymentTasks, PaidOrders, Part, PaymentTaskKind, PaymentTasks, RefundsDue};
use orders_domain::{OrderKey, OrderRecord, PaymentReference, ProviderName};
use platform_mongodb::{unavailable, unreadable};

impl PaidOrders for OrderCollection {
    async fn order_with_payment(
        &self,
        tenant: &Tenant,
        provider: &ProviderName,
        payment: &PaymentReference,
    ) -> Result<Option<OrderKey>, PortError> {
        // DocumentDB uses a sparse index only with `$exists`.
        let key = doc! { "$exists": true, "$eq": payment_key(tenant, provider, payment) };
        let filter = doc! { "payment.keys": key };
        let found = self.run_repeatable("find_payment", async |orders| orders.find_one(filter.clone()).await);
        let id = found.await.map_err(unavailable)?.map(|document| match document.get_str("_id") {
            Ok(id) => parse(id).map_err(unreadable),
            Err(error) => Err(unreadable(error)),
        });
        Ok(id.transpose()?.map(|id| OrderKey { tenant: tenant.clone(), id }))
    }
}

impl RefundsDue for OrderCollection {
    async fn refunds_due(&self, since: Timestamp) -> Result<u64, PortError> {
        // As a plain command: that of the driver is an aggregation.
        let command = doc! { "count": COLLECTION, "query": { "refund_due.since": { "$exists": true, "$lte": date(since) } } };
        let run = async |database: Database| database.run_command(command.clone()).await;
        let counted = self.database.run_repeatable("refunds_due", run).await.map_err(unavailable)?;
        let count = match counted.get("n") {
            Some(Bson::Int32(count)) => u64::try_from(*count).ok(),
            Some(Bson::Int64(count)) => u64::try_from(*count).ok(),
            _ => None,
        };
        count.ok_or_else(|| unreadable("the reply to count has no number"))
    }
}

impl PaymentTasks for OrderCollection {
    async fn payment_tasks(
        &self,
        kind: PaymentTaskKind,
        now: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        // DocumentDB uses a sparse index only with `$exists`.
        let is_due = doc! { "$exists": true, "$lte": date(now) };
        match kind {
            PaymentTaskKind::Requests => {
                let filter = doc! { "payment_tasks.due_at": is_due };
                self.part_of("payment_requests", filter, doc! { "payment_tasks.due_at": 1 }, part).await
            }
            PaymentTaskKind::Compensation => {
                // Earlier releases have not written when it is due.
                let undated = doc! { "refund_due.due_at": { "$exists": false } };
                let filter = doc! {
                    "refund_due.since": { "$exists": true },
                    "$or": [undated, { "refund_due.due_at": is_due }],
                };
                self.part_of("compensations", filter, doc! { "refund_due.since": 1 }, part).await
            }
        }
    }

    async fn note_payment_tasks(
        &self,
        order: &OrderKey,
        version: Version,
        next: &NextPaymentTasks,
    ) -> Result<(), PortError> {
        let filter = doc! {
            "_id": order.id.to_string(),
            "tenant": order.tenant.as_str(),
            "version": int64(version),
        };
        let (mut set, mut unset) = (Document::new(), Document::new());
        if !next.is_restock_due {
            unset.insert("restock_due", "");
        }
        match next.requests_at {
            Some(at) => drop(set.insert("payment_tasks", doc! { "due_at": date(at) })),
            None => drop(unset.insert("payment_tasks", "")),
        }
        match next.compensation_at {
            Some(at) => drop(set.insert("refund_due.due_at", date(at))),
            None => drop(unset.insert("refund_due", "")),
        }
        // An empty operator is an error.
        let operators =
            [("$set", set), ("$unset", unset)].into_iter().filter(|(_, fields)| !fields.is_empty());
        let update: Document = operators.map(|(name, fields)| (name.to_owned(), fields.into())).collect();
        self.run_repeatable("note_payment_tasks", async |orders| {
            orders.update_one(filter.clone(), update.clone()).await
        })
        .await
        .map(drop)
        .map_err(unavailable)
    }
}

/// Returns the entry of the index of payments.
pub(crate) fn payment_key(tenant: &Tenant, provider: &ProviderName, payment: &PaymentReference) -> String {
    key_in_tenant(tenant, format_args!("{provider}#{payment}"))
}
