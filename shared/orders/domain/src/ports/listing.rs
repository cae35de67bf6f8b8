//! Pages of orders.

use crate::{OrderQuery, Page};
use kernel::PortError;

/// Search among the orders.
pub trait Listing {
    /// Returns the first orders that match, in the sequence of the query, at most as many as its limit. An order that can't
    /// be read does not fail the page. The cost does not grow with the distance from the first order. Newest first, it grows with the
    /// orders of the customer, or those of the page and a time window around it.
    fn page(&self, query: &OrderQuery) -> impl Future<Output = Result<Page, PortError>> + Send;
}
