//! Pages of orders.

use crate::OrderCollection;
use crate::document::{OrderDocument, external_key};
use crate::indexes::listing_keys;
use futures::TryStreamExt as _;
use kernel::{PortError, Timestamp};
use mongodb::bson::{Document, doc};
use orders_domain::ports::Listing;
use orders_domain::{ExternalId, OrderId, OrderQuery, Page, UnreadableOrder};
use platform_mongodb::unavailable;
use std::time::{Duration, SystemTime};

/// Length of the first time window, counted back from the start of the page.
const FIRST_WINDOW: Duration = Duration::from_mins(10);
/// Minimum number of documents in further queries of a window, after one with documents whose ids are not those of
/// orders.
const NEXT_BATCH: usize = 100;
/// Ratio of each time window to the one before.
const WINDOW_GROWTH: u32 = 12;

impl Listing for OrderCollection {
    async fn page(&self, query: &OrderQuery) -> Result<Page, PortError> {
        if let Some(external_id) = &query.external_id {
            return self.page_of_one(query, external_id).await;
        }
        // One order more than the page size shows that older orders match, too.
        let wanted = query.limit.get() + 1;
        let (from, mut below) = query.id_range();
        let mut window = FIRST_WINDOW;
        let (mut documents, mut page) = (Vec::with_capacity(wanted), Page::default());
        loop {
            let start = start_of_window(query, below, window).max(from);
            let missing = wanted - documents.len();
            let (found, nameless) = self.find_in_window(query, (start, below), missing).await?;
            documents.extend(found);
            page.unreadable.extend(nameless);
            if documents.len() >= wanted || start == from {
                break;
            }
            below = start;
            window = window.saturating_mul(WINDOW_GROWTH);
        }
        let has_more = documents.len() >= wanted;
        documents.truncate(query.limit.get());
        page.next_after = documents.last().map(|(id, _)| *id).filter(|_| has_more);
        for (id, document) in documents {
            match OrderDocument::read(document) {
                Ok(record) if query.includes(record.order()) => page.orders.push(record.order().clone()),
                Ok(_) => {}
                Err(error) => page.unreadable.push(UnreadableOrder { id: Some(id), reason: error.into() }),
            }
        }
        Ok(page)
    }
}

/// Documents with valid order ids, and those without.
type Found = (Vec<(OrderId, Document)>, Vec<UnreadableOrder>);

/// Returns the id of a document in its only spelling, by which pages continue.
fn id_of(document: &Document) -> Option<OrderId> {
    let text = document.get_str("_id").ok()?;
    text.parse().ok().filter(|id: &OrderId| id.to_string() == text)
}

/// Returns the start of a time window; `None` for a window without a start. A customer has few orders, so
/// one window contains them all. A page of all orders, or of a status, needs only the newest ones. Growing
/// windows prevent a server that sorts before it limits from sorting all of them.
fn start_of_window(query: &OrderQuery, below: Option<OrderId>, window: Duration) -> Option<OrderId> {
    if query.customer_id.is_some() {
        return None;
    }
    let end = below.map_or_else(|| Timestamp::from(SystemTime::now()), OrderId::made_at);
    let start = end.before(window);
    (start.unix_millis() > 0).then(|| OrderId::first_at(start))
}

impl OrderCollection {
    /// Returns the page with the order of an external id, if it meets the other conditions. With them in the filter, a
    /// planner may choose another index.
    async fn page_of_one(&self, query: &OrderQuery, external_id: &ExternalId) -> Result<Page, PortError> {
        let filter = doc! { "external_key": external_key(&query.tenant, external_id) };
        let found = self.run_repeatable("list", async |orders| orders.find_one(filter.clone()).await);
        let mut page = Page::default();
        if let Some(document) = found.await.map_err(unavailable)? {
            let id = id_of(&document);
            match OrderDocument::read(document) {
                Ok(record) if query.includes(record.order()) => page.orders.push(record.order().clone()),
                Ok(_) => {}
                Err(error) => page.unreadable.push(UnreadableOrder { id, reason: error.into() }),
            }
        }
        Ok(page)
    }

    /// Returns the newest orders of a query with ids in a range: inclusive lower, exclusive upper bound. A document
    /// whose id is not that of an order can't end a page: the search continues below it.
    async fn find_in_window(
        &self,
        query: &OrderQuery,
        (from, below): (Option<OrderId>, Option<OrderId>),
        limit: usize,
    ) -> Result<Found, PortError> {
        let (mut found, mut nameless) = (Vec::with_capacity(limit), Vec::new());
        let mut below = below.map(|id| id.to_string());
        let mut batch = limit;
        loop {
            let documents = self.find_below(query, from, below.as_deref(), batch).await?;
            let end = documents.last().and_then(|it| it.get_str("_id").ok()).map(str::to_owned);
            let is_last = documents.len() < batch || end.is_none();
            (below, batch) = (end, limit.max(NEXT_BATCH));
            for document in documents {
                if found.len() == limit {
                    break;
                }
                match id_of(&document) {
                    Some(id) => found.push((id, document)),
                    None => nameless
                        .push(UnreadableOrder { id: None, reason: "its id is not that of an order".into() }),
                }
            }
            if is_last || found.len() == limit {
                return Ok((found, nameless));
            }
        }
    }

    async fn find_below(
        &self,
        query: &OrderQuery,
        from: Option<OrderId>,
        below: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Document>, PortError> {
        let filter = filter(query, from, below);
        // Sorts by the whole key of the index, although all fields but the id are constant. With the id
        // alone, a planner may scan all ids in order.
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

fn filter(query: &OrderQuery, from: Option<OrderId>, below: Option<&str>) -> Document {
    let mut filter = doc! { "tenant": query.tenant.as_str() };
    if let Some(customer) = &query.customer_id {
        filter.insert("customer_id", customer.as_str());
    }
    if let Some(status) = query.status {
        filter.insert("status", status.as_str());
    }
    // With a text as its bound, the range has no ids of other types.
    let mut ids = doc! { "$gte": from.unwrap_or(OrderId::from_bytes([0; 16])).to_string() };
    ids.extend(below.map(|id| ("$lt".to_owned(), id.into())));
    filter.insert("_id", ids);
    filter
}
