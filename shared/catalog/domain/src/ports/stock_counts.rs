//! Counts of all stocks.

use crate::{CountedStock, ProductKey};
use kernel::PortError;
use std::collections::BTreeMap;

/// Count of the stocks of all tenants from their movements and reservations.
pub trait StockCounts {
    /// Counts every stock. Whatever is written meanwhile may be counted in part.
    fn count_all(&self)
    -> impl Future<Output = Result<BTreeMap<ProductKey, CountedStock>, PortError>> + Send;
}
