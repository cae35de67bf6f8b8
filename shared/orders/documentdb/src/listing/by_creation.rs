//! Orders by time of creation, newest first.

use super::{Batch, FIRST_WINDOW, WINDOW_GROWTH, conditions, id_of, nameless};
use crate::OrderCollection;
use kernel::{PortError, Timestamp};
use mongodb::bson::{Document, doc};
use orders_domain::{OrderId, OrderQuery, Position};
use std::time::{Duration, SystemTime};

/// Minimum number of documents in further queries of a window, after one with documents whose ids are not those of
/// orders.
const NEXT_BATCH: usize = 100;

impl OrderCollection {
    /// Returns the newest `wanted` orders of a query.
    pub(super) async fn newest(&self, query: &OrderQuery, wanted: usize) -> Result<Batch, PortError> {
        let (from, mut below) = query.id_range();
        let mut window = FIRST_WINDOW;
        let mut batch = Batch::default();
        loop {
            let start = start_of_window(query, below, window).max(from);
            self.find_in_window(query, (start, below), wanted, &mut batch).await?;
            if batch.documents.len() >= wanted || start == from {
                return Ok(batch);
            }
            below = start;
            window = window.saturating_mul(WINDOW_GROWTH);
        }
    }

    /// Adds the newest orders of a query with ids in a range: inclusive lower, exclusive upper bound. A document whose id
    /// is not that of an order can't end a page: the search continues below it.
    async fn find_in_window(
        &self,
        query: &OrderQuery,
        (from, below): (Option<OrderId>, Option<OrderId>),
        wanted: usize,
        batch: &mut Batch,
    ) -> Result<(), PortError> {
        let mut below = below.map(|id| id.to_string());
        let mut limit = wanted - batch.documents.len();
        loop {
            let documents = self.find_below(query, from, below.as_deref(), limit).await?;
            let end = documents.last().and_then(|it| it.get_str("_id").ok()).map(str::to_owned);
            let is_last = documents.len() < limit || end.is_none();
            (below, limit) = (end, NEXT_BATCH.max(wanted));
            for document in documents {
                if batch.documents.len() == wanted {
                    break;
                }
                match id_of(&document) {
                    Some(id) => batch.documents.push((Position::by_creation(id), document)),
                    None => batch.nameless.push(nameless()),
                }
            }
            if is_last || batch.documents.len() == wanted {
                return Ok(());
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
        let mut filter = conditions(query);
        // With a text as its bound, the range has no ids of other types.
        let mut ids = doc! { "$gte": from.unwrap_or(OrderId::from_bytes([0; 16])).to_string() };
        ids.extend(below.map(|id| ("$lt".to_owned(), id.into())));
        filter.insert("_id", ids);
        self.find_in_sequence(query, filter, limit).await
    }
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
