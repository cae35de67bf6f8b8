//! Creation of a product: a retry never creates a second one.

use crate::ports::{Created, ProductCreation, Products};
use crate::{Product, ProductDetails, ProductKey};
use kernel::{IdempotencyKey, PortError, Timestamp};
use std::time::Duration;

/// Command to create a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateProduct {
    /// Owner and sku.
    pub product: ProductKey,
    /// Members that people edit.
    pub details: ProductDetails,
    /// Idempotency key of the request.
    pub key: IdempotencyKey,
    /// Id of this attempt, which no other one has.
    pub attempt: IdempotencyKey,
    /// Lifetime of the claim on the key.
    pub claim_ttl: Duration,
    /// Time of the request's arrival.
    pub received_at: Timestamp,
}

/// Product that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatedProduct {
    /// Product as it was created.
    pub product: Product,
    /// `true` when an earlier request has created it.
    pub is_replay: bool,
}

/// Error of [`create_product`].
#[derive(Debug, thiserror::Error)]
pub enum CreateProductError {
    /// The key belongs to another request. Nothing was changed.
    #[error("the idempotency key was used for another product")]
    KeyReused,
    /// A product of the tenant has or had the sku. Nothing was changed.
    #[error("the sku is taken")]
    SkuTaken,
    /// The write failed, or its outcome is unknown. A retry with the same key converges.
    #[error("the product could not be stored")]
    Store(#[source] PortError),
}

/// Stores a product and the claim on its key in one write. The claim contains the product as it was created.
///
/// # Errors
///
/// [`CreateProductError`]; after any error the same command may be repeated.
pub async fn create_product(
    products: &impl Products,
    command: CreateProduct,
) -> Result<CreatedProduct, CreateProductError> {
    let CreateProduct { product, details, key, attempt, claim_ttl, received_at } = command;
    let product = Product::create(product, details, received_at);
    let expires_at = received_at.after(claim_ttl);
    let creation = ProductCreation { product: &product, key: &key, attempt: &attempt, expires_at };
    match products.create(&creation).await.map_err(CreateProductError::Store)? {
        Created::New => Ok(CreatedProduct { product, is_replay: false }),
        Created::Claimed(earlier) if (&earlier.key, &earlier.details) == (&product.key, &product.details) => {
            Ok(CreatedProduct { product: *earlier, is_replay: true })
        }
        Created::Claimed(_) => Err(CreateProductError::KeyReused),
        Created::SkuTaken => Err(CreateProductError::SkuTaken),
    }
}
