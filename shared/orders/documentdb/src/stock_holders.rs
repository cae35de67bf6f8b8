//! Orders whose stock is not settled.

use crate::OrderCollection;
use crate::document::{OrderDocument, date};
use futures::TryStreamExt as _;
use kernel::{PortError, Timestamp};
use mongodb::bson::{Bson, Document, doc};
use orders_domain::ports::{Part, StockHolders};
use orders_domain::{OrderKey, OrderRecord, Status};
use platform_mongodb::{unavailable, unreadable};

impl StockHolders for OrderCollection {
    async fn unpaid(
        &self,
        now: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        let filter = doc! {
            // DocumentDB uses a sparse index only with `$exists`.
            "stock_held.due_at": { "$exists": true, "$lte": date(now) },
            "status": Status::Created.as_str(),
        };
        self.part_of("unpaid", filter, doc! { "stock_held.due_at": 1 }, part).await
    }

    async fn ended(
        &self,
        before: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        let filter =
            doc! { "stock_ended.since": { "$exists": true }, "updated_at": { "$lte": date(before) } };
        self.part_of("ended", filter, doc! { "stock_ended.since": 1 }, part).await
    }

    async fn settled(&self, orders: &[OrderKey]) -> Result<(), PortError> {
        let ids: Vec<_> = orders.iter().map(|order| Bson::from(order.id.to_string())).collect();
        let tenants: Vec<_> = orders.iter().map(|order| order.tenant.as_str()).collect();
        let filter = doc! { "_id": { "$in": ids }, "tenant": { "$in": tenants } };
        let update = doc! { "$unset": { "stock_ended": "" } };
        self.run_repeatable("settled", async |orders| {
            orders.update_many(filter.clone(), update.clone()).await
        })
        .await
        .map(drop)
        .map_err(unavailable)
    }
}

impl OrderCollection {
    pub(crate) async fn part_of(
        &self,
        name: &'static str,
        filter: Document,
        sort: Document,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        let documents: Vec<Document> = self
            .run_repeatable(name, async |orders| {
                let find = orders.find(filter.clone()).sort(sort.clone());
                let find = find.skip(part.skip.into()).limit(part.limit.into());
                find.await?.try_collect().await
            })
            .await
            .map_err(unavailable)?;
        Ok(documents.into_iter().map(|document| OrderDocument::read(document).map_err(unreadable)).collect())
    }
}
