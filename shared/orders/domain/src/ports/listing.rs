//! Pages of orders.

use crate::{OrderQuery, Page};
use kernel::PortError;

/// Search among the orders.
pub trait Listing {
    /// Returns the first orders that match, newest first, at most as many as the query's limit. An order that can't
    /// be read does not fail the page. The cost does not grow with the distance from the newest order. It grows with
    /// the orders of the customer, or those of the page and a time window around it.
    fn page(&self, query: &OrderQuery) -> impl Future<Output = Result<Page, PortError>> + Send;
}
