//! Pages of orders.

mod by_creation;
mod by_update;

use crate::OrderCollection;
use crate::document::{OrderDocument, key_in_tenant};
use crate::indexes::listing_keys;
use futures::TryStreamExt as _;
use kernel::PortError;
use mongodb::bson::{Document, doc};
use orders_domain::ports::Listing;
use orders_domain::{OrderId, OrderQuery, Page, Position, Sort, UnreadableOrder};
use platform_mongodb::unavailable;
use std::time::Duration;

/// Length of the first time window, counted from the start of the page.
const FIRST_WINDOW: Duration = Duration::from_mins(10);
/// Ratio of each time window to the one before.
const WINDOW_GROWTH: u32 = 12;

impl Listing for OrderCollection {
    async fn page(&self, query: &OrderQuery) -> Result<Page, PortError> {
        if let Some(filter) = unique(query) {
            return self.page_of_one(query, filter).await;
        }
        // One order more than the page size shows that further orders match, too.
        let wanted = query.limit.get() + 1;
        let Batch { mut documents, nameless } = match query.sort {
            Sort::Created => self.newest(query, wanted).await?,
            Sort::Updated => self.least_recently_updated(query, wanted).await?,
        };
        let has_more = documents.len() >= wanted;
        documents.truncate(query.limit.get());
        let next_after = documents.last().map(|(position, _)| *position).filter(|_| has_more);
        let mut page = Page { unreadable: nameless, next_after, ..Page::default() };
        for (position, document) in documents {
            add_order(&mut page, query, Some(position.id), document);
        }
        Ok(page)
    }
}

/// Documents with valid order ids at their positions, and those without.
#[derive(Default)]
struct Batch {
    documents: Vec<(Position, Document)>,
    nameless: Vec<UnreadableOrder>,
}

/// Returns the filter for the only order that a query can match; `None` without such a condition. With the other
/// conditions in the filter, a planner may choose another index.
fn unique(query: &OrderQuery) -> Option<Document> {
    let tenant = &query.tenant;
    let by_external_id = |id| doc! { "external_key": key_in_tenant(tenant, id) };
    let by_number = |number| doc! { "number_key": key_in_tenant(tenant, number) };
    query.external_id.as_ref().map(by_external_id).or(query.number.map(by_number))
}

/// Returns the id of a document in its only spelling, by which pages continue.
fn id_of(document: &Document) -> Option<OrderId> {
    let text = document.get_str("_id").ok()?;
    text.parse().ok().filter(|id: &OrderId| id.to_string() == text)
}

fn nameless() -> UnreadableOrder {
    UnreadableOrder { id: None, reason: "its id is not that of an order".into() }
}

/// Adds the order of a document, or the reason why it can't be read, unless it does not match.
fn add_order(page: &mut Page, query: &OrderQuery, id: Option<OrderId>, document: Document) {
    match OrderDocument::read(document) {
        Ok(record) if query.includes(record.order()) => page.orders.push(record.order().clone()),
        Ok(_) => {}
        Err(error) => page.unreadable.push(UnreadableOrder { id, reason: error.into() }),
    }
}

/// Returns the conditions that an index can have as constants.
fn conditions(query: &OrderQuery) -> Document {
    let mut conditions = doc! { "tenant": query.tenant.as_str() };
    if let Some(customer) = &query.customer_id {
        conditions.insert("customer_id", customer.as_str());
    }
    if let Some(status) = query.status {
        conditions.insert("status", status.as_str());
    }
    conditions
}

impl OrderCollection {
    async fn page_of_one(&self, query: &OrderQuery, filter: Document) -> Result<Page, PortError> {
        let found = self.run_repeatable("list", async |orders| orders.find_one(filter.clone()).await);
        let mut page = Page::default();
        if let Some(document) = found.await.map_err(unavailable)? {
            add_order(&mut page, query, id_of(&document), document);
        }
        Ok(page)
    }

    /// Returns the first documents of a filter in the sequence of a query. Sorts by the whole key of the index, although
    /// some fields are constant: with the others alone, a planner may scan another index in order.
    async fn find_in_sequence(
        &self,
        query: &OrderQuery,
        filter: Document,
        limit: usize,
    ) -> Result<Vec<Document>, PortError> {
        let sort = listing_keys(query);
        let (limit, batch) =
            (i64::try_from(limit).unwrap_or(i64::MAX), u32::try_from(limit).unwrap_or(u32::MAX));
        self.run_repeatable("list", async |orders| {
            let found = orders.find(filter.clone()).sort(sort.clone()).limit(limit).batch_size(batch);
            found.await?.try_collect().await
        })
        .await
        .map_err(unavailable)
    }
}
