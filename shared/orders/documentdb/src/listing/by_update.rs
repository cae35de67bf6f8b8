//! Orders by time of update, oldest change first.

use super::{Batch, FIRST_WINDOW, WINDOW_GROWTH, conditions, id_of, nameless};
use crate::OrderCollection;
use crate::document::{date, timestamp};
use kernel::{PortError, Timestamp};
use mongodb::bson::{Document, doc};
use orders_domain::{OrderQuery, Position};
use platform_mongodb::unreadable;
use std::time::SystemTime;

impl OrderCollection {
    /// Returns the first `wanted` orders of a query. Looks at growing time windows, like [`Self::newest`].
    pub(super) async fn least_recently_updated(
        &self,
        query: &OrderQuery,
        wanted: usize,
    ) -> Result<Batch, PortError> {
        let end = query.updated_before.unwrap_or(Timestamp::LAST);
        let position = query.after.map(|after| after.at);
        let first = position.max(query.updated_after);
        let mut start = first.unwrap_or_else(|| Timestamp::from(SystemTime::UNIX_EPOCH));
        let (mut window, mut batch) = (FIRST_WINDOW, Batch::default());
        while batch.documents.len() < wanted && start < end {
            let below = start.after(window).min(end);
            let missing = wanted - batch.documents.len();
            let found = self.find_updated_in_window(query, (start, below), missing).await?;
            batch.documents.extend(found.documents);
            batch.nameless.extend(found.nameless);
            start = below;
            window = window.saturating_mul(WINDOW_GROWTH);
        }
        Ok(batch)
    }

    /// Returns the first orders of a query with times of update in a range: inclusive lower, exclusive upper bound.
    ///
    /// The filter has neither ids nor alternatives, with which a planner may scan the collection. It therefore finds the
    /// orders up to the position again that have its time, and documents that are no orders. If these leave too few,
    /// the next query returns more.
    async fn find_updated_in_window(
        &self,
        query: &OrderQuery,
        (start, end): (Timestamp, Timestamp),
        wanted: usize,
    ) -> Result<Batch, PortError> {
        let mut filter = conditions(query);
        // With times as its bounds, the range has no values of other types.
        let mut times = doc! { "$gte": date(start), "$lt": date(end) };
        times.extend(query.updated_after.map(|time| ("$gt".to_owned(), date(time).into())));
        filter.insert("updated_at", times);
        // The order at the position is most likely still there.
        let mut limit = wanted + usize::from(query.after.is_some());
        loop {
            let documents = self.find_in_sequence(query, filter.clone(), limit).await?;
            let is_last = documents.len() < limit;
            let mut batch = after_position(documents, query.after)?;
            if is_last || batch.documents.len() >= wanted {
                batch.documents.truncate(wanted);
                return Ok(batch);
            }
            limit *= 2;
        }
    }
}

/// Returns the documents after a position.
fn after_position(documents: Vec<Document>, after: Option<Position>) -> Result<Batch, PortError> {
    let mut batch = Batch::default();
    for document in documents {
        let time = document.get_datetime("updated_at").map_err(|_| unreadable("a time is missing"))?;
        let at = timestamp(*time).map_err(unreadable)?;
        match id_of(&document) {
            Some(id) if after.is_none_or(|after| Position { at, id } > after) => {
                batch.documents.push((Position { at, id }, document));
            }
            None if after.is_none_or(|after| at > after.at) => batch.nameless.push(nameless()),
            Some(_) | None => {}
        }
    }
    Ok(batch)
}
