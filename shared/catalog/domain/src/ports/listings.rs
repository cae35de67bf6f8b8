//! Pages of products and of movements.

use crate::{MovementPage, MovementQuery, ProductPage, ProductQuery};
use kernel::PortError;

/// Search among the products.
pub trait ProductListing {
    /// Returns the first products that match, sorted by sku, at most as many as the limit. A page may be shorter although
    /// it is not the last one. A change appears after a moment.
    fn products(&self, query: &ProductQuery) -> impl Future<Output = Result<ProductPage, PortError>> + Send;
}

/// Search among the movements.
pub trait MovementListing {
    /// Returns the latest movements of a product, newest first, at most as many as the limit.
    fn movements(
        &self,
        query: &MovementQuery,
    ) -> impl Future<Output = Result<MovementPage, PortError>> + Send;
}
