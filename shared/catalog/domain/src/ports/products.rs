//! The store of products.

use crate::{Product, ProductKey, StockedProduct};
use kernel::{IdempotencyKey, PortError, Timestamp};

/// Store of products and of their stock.
pub trait Products {
    /// Stores a new product with an empty stock, and claims the key, in one atomic write. Conditions: no valid claim has
    /// the key, and no product of the tenant has or had the sku. The claim decides first.
    fn create(
        &self,
        creation: &ProductCreation<'_>,
    ) -> impl Future<Output = Result<Created, PortError>> + Send;

    /// Returns a product, also an archived one, with its stock; `None` when the tenant has no such product.
    fn find(
        &self,
        key: &ProductKey,
    ) -> impl Future<Output = Result<Option<StockedProduct>, PortError>> + Send;

    /// Replaces a product by its next version, and what the stock repeats of it, in one atomic write. The sellable units
    /// change by the difference of the oversell limits. Conditions: the product is at the version before and not archived,
    /// and no unit was sold beyond the new limit.
    fn replace(
        &self,
        before: &Product,
        after: &Product,
    ) -> impl Future<Output = Result<Changed, PortError>> + Send;
}

/// New product, and the claim on the key of its request.
#[derive(Clone, Copy, Debug)]
pub struct ProductCreation<'a> {
    /// Product at version 1.
    pub product: &'a Product,
    /// Key of the request; unique among the creations of the tenant.
    pub key: &'a IdempotencyKey,
    /// Id of this attempt, by which it recognises its own claim after a lost response.
    pub attempt: &'a IdempotencyKey,
    /// End of the claim.
    pub expires_at: Timestamp,
}

/// Outcome of [`Products::create`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The product is new. An earlier write of the same attempt can have created it.
    New,
    /// An earlier request has claimed the key, and created this product.
    Claimed(Box<Product>),
    /// A product of the tenant has or had the sku.
    SkuTaken,
}

/// Outcome of [`Products::replace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// The product is at the version after.
    Changed,
    /// The product is at another version, or archived.
    VersionConflict,
    /// More units were sold beyond those available than the new limit allows.
    Oversold,
}
