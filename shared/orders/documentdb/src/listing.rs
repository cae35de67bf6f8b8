//! Pages of orders.

use crate::DocumentDb;
use crate::document::OrderDocument;
use crate::error::{unavailable, unreadable};
use crate::indexes::listing_keys;
use futures::TryStreamExt as _;
use mongodb::bson::{Document, doc};
use orders_domain::ports::{Listing, PortError};
use orders_domain::{Order, OrderId, OrderQuery, Page, Timestamp};
use std::time::{Duration, SystemTime};

/// How far back the first look goes, from where the page begins.
const FIRST_LOOK: Duration = Duration::from_mins(10);
/// How many times further each look goes than the one before.
const FURTHER: u32 = 12;

impl Listing for DocumentDb {
    async fn page(&self, query: &OrderQuery) -> Result<Page, PortError> {
        // One more tells whether there are more.
        let wanted = query.limit.get() + 1;
        let (from, mut below) = query.ids();
        let mut look = FIRST_LOOK;
        let mut orders = Vec::with_capacity(wanted);
        loop {
            let start = start_of_look(query, below, look).max(from);
            orders.extend(self.look(query, (start, below), wanted - orders.len()).await?);
            if orders.len() >= wanted || start == from {
                break;
            }
            below = start;
            look = look.saturating_mul(FURTHER);
        }
        let more = orders.len() >= wanted;
        orders.truncate(query.limit.get());
        Ok(Page { orders, more })
    }
}

/// Where a look back begins. A customer's orders are few: one look takes them all. Of all orders, or
/// all of a status, the newest few are wanted of any number: looking back step by step keeps a server
/// that sorts before it limits from sorting them all.
fn start_of_look(query: &OrderQuery, below: Option<OrderId>, look: Duration) -> Option<OrderId> {
    if query.customer_id.is_some() {
        return None;
    }
    let end = below.map_or_else(|| Timestamp::from(SystemTime::now()), OrderId::made_at);
    let start = end.before(look);
    (start.unix_millis() > 0).then(|| OrderId::first_at(start))
}

impl DocumentDb {
    /// The newest orders of a query with ids from the first, below the second.
    async fn look(
        &self,
        query: &OrderQuery,
        ids: (Option<OrderId>, Option<OrderId>),
        limit: usize,
    ) -> Result<Vec<Order>, PortError> {
        let filter = filter(query, ids);
        // The whole key of the index, though all but the id are constant: sorted by the id alone, a
        // planner may walk down all ids for the sake of their order.
        let sort = listing_keys(query);
        let (limit, batch) =
            (i64::try_from(limit).unwrap_or(i64::MAX), u32::try_from(limit).unwrap_or(u32::MAX));
        let documents: Vec<Document> = self
            .repeatable("list", async |it| {
                let found = it.orders.find(filter.clone()).sort(sort.clone()).limit(limit).batch_size(batch);
                found.await?.try_collect().await
            })
            .await
            .map_err(unavailable)?;
        documents
            .into_iter()
            .map(|document| {
                OrderDocument::read(document).map(|record| record.order().clone()).map_err(unreadable)
            })
            .collect()
    }
}

fn filter(query: &OrderQuery, (from, below): (Option<OrderId>, Option<OrderId>)) -> Document {
    let mut filter = doc! { "tenant": query.tenant.as_str() };
    if let Some(customer) = &query.customer_id {
        filter.insert("customer_id", customer.as_str());
    }
    if let Some(status) = query.status {
        filter.insert("status", status.as_str());
    }
    let mut ids = Document::new();
    ids.extend(from.map(|id| ("$gte".to_owned(), id.to_string().into())));
    ids.extend(below.map(|id| ("$lt".to_owned(), id.to_string().into())));
    if !ids.is_empty() {
        filter.insert("_id", ids);
    }
    filter
}
