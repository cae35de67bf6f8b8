//! Pages of orders.

use crate::OrderCollection;
use crate::document::OrderDocument;
use crate::indexes::listing_keys;
use futures::TryStreamExt as _;
use kernel::{PortError, Timestamp};
use mongodb::bson::{Document, doc};
use orders_domain::ports::Listing;
use orders_domain::{OrderId, OrderQuery, Page, UnreadableOrder};
use platform_mongodb::unavailable;
use std::time::{Duration, SystemTime};

/// Length of the first time window, counted back from the start of the page.
const FIRST_WINDOW: Duration = Duration::from_mins(10);
/// Ratio of each time window to the one before.
const WINDOW_GROWTH: u32 = 12;

impl Listing for OrderCollection {
    async fn page(&self, query: &OrderQuery) -> Result<Page, PortError> {
        // One order more than the page size shows that older orders match, too.
        let wanted = query.limit.get() + 1;
        let (from, mut below) = query.id_range();
        let mut window = FIRST_WINDOW;
        let mut documents = Vec::with_capacity(wanted);
        loop {
            let start = start_of_window(query, below, window).max(from);
            documents.extend(self.find_in_window(query, (start, below), wanted - documents.len()).await?);
            if documents.len() >= wanted || start == from {
                break;
            }
            below = start;
            window = window.saturating_mul(WINDOW_GROWTH);
        }
        let has_more = documents.len() >= wanted;
        documents.truncate(query.limit.get());
        Ok(page(documents, has_more))
    }
}

/// Reads the documents of a page.
fn page(documents: Vec<Document>, has_more: bool) -> Page {
    let mut page = Page::default();
    for document in documents {
        let id: Option<OrderId> = document.get_str("_id").ok().and_then(|id| id.parse().ok());
        match OrderDocument::read(document) {
            Ok(record) => page.orders.push(record.order().clone()),
            Err(error) => page.unreadable.push(UnreadableOrder { id, reason: error.into() }),
        }
        page.last = id.or(page.last);
    }
    page.last = page.last.filter(|_| has_more);
    page
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
    /// Returns the documents of the newest orders of a query with ids in a range: inclusive lower, exclusive upper
    /// bound.
    async fn find_in_window(
        &self,
        query: &OrderQuery,
        ids: (Option<OrderId>, Option<OrderId>),
        limit: usize,
    ) -> Result<Vec<Document>, PortError> {
        let filter = filter(query, ids);
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
