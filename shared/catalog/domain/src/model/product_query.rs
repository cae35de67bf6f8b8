//! Queries for products and for movements.

use crate::{Movement, MovementId, Product, ProductKey, ProductSku, Stock};
use kernel::{PageSize, Tenant};

/// Product with its stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockedProduct {
    /// Product.
    pub product: Product,
    /// Stock.
    pub stock: Stock,
}

/// Query for products that are not archived, sorted by sku.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductQuery {
    /// Owner.
    pub tenant: Tenant,
    /// State of the products.
    pub is_active: Option<bool>,
    /// Last product of the previous page.
    pub after: Option<ProductSku>,
    /// Maximum number of products.
    pub limit: PageSize,
}

/// Query for the movements of a product, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementQuery {
    /// Product.
    pub product: ProductKey,
    /// Last movement of the previous page.
    pub after: Option<MovementId>,
    /// Maximum number of movements.
    pub limit: PageSize,
}

/// Page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, P> {
    /// Elements.
    pub items: Vec<T>,
    /// Element after which the next page begins; `None` on the last page.
    pub next_after: Option<P>,
}

/// Page of products.
pub type ProductPage = Page<Product, ProductSku>;
/// Page of movements.
pub type MovementPage = Page<Movement, MovementId>;

impl<T, P> Page<T, P> {
    /// Creates a page of items of which there may be one more than the limit.
    #[must_use]
    pub fn of(mut items: Vec<T>, limit: PageSize, position: impl Fn(&T) -> P) -> Self {
        let has_more = items.len() > limit.get();
        items.truncate(limit.get());
        let next_after = items.last().filter(|_| has_more).map(position);
        Self { items, next_after }
    }
}
