//! Edits and the archiving of a product: two editors never overwrite each other.

use crate::ports::{Changed, Products};
use crate::{Product, ProductEdit, ProductKey, StockedProduct};
use kernel::{PortError, Timestamp, TooManyDecimals, Version};

/// Command to edit a product from a known version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditProduct {
    /// Product.
    pub product: ProductKey,
    /// Version that the caller has seen.
    pub expected: Version,
    /// Edit.
    pub edit: ProductEdit,
    /// Time of the request's arrival.
    pub at: Timestamp,
}

/// Command to archive a product at a known version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveProduct {
    /// Product.
    pub product: ProductKey,
    /// Version that the caller has seen.
    pub expected: Version,
    /// Time of the request's arrival.
    pub at: Timestamp,
}

/// Error of [`edit_product`] and [`archive_product`]. Nothing was changed, unless the store failed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeProductError {
    /// The tenant has no such product.
    #[error("the product does not exist")]
    NotFound,
    /// The product is archived.
    #[error("the product is archived")]
    Archived,
    /// The product is at another version.
    #[error("the product is at version {current}")]
    VersionConflict {
        /// Version of the product.
        current: Version,
    },
    /// The price has more decimals than the currency.
    #[error(transparent)]
    Price(TooManyDecimals),
    /// More units were sold beyond those available than the new limit allows.
    #[error("{available} units are available")]
    Oversold {
        /// Units that are available; negative when more were sold.
        available: i64,
    },
    /// The store failed, or the outcome is unknown.
    #[error("the product could not be stored")]
    Store(#[source] PortError),
}

/// Edits a product, by one read and one conditional write. Returns the product at its new version.
///
/// # Errors
///
/// [`ChangeProductError`].
pub async fn edit_product(
    products: &impl Products,
    command: EditProduct,
) -> Result<Product, ChangeProductError> {
    let EditProduct { product, expected, edit, at } = command;
    let next = |product: &Product| product.edited(edit.clone(), at).map_err(ChangeProductError::Price);
    change(products, &product, expected, next).await
}

/// Archives a product, by one read and one conditional write.
///
/// # Errors
///
/// [`ChangeProductError`].
pub async fn archive_product(
    products: &impl Products,
    command: &ArchiveProduct,
) -> Result<Product, ChangeProductError> {
    let next = |product: &Product| Ok(product.archived(command.at));
    change(products, &command.product, command.expected, next).await
}

async fn change(
    products: &impl Products,
    key: &ProductKey,
    expected: Version,
    next: impl Fn(&Product) -> Result<Product, ChangeProductError>,
) -> Result<Product, ChangeProductError> {
    let found = products.find(key).await.map_err(ChangeProductError::Store)?;
    let StockedProduct { product: before, stock } = found.ok_or(ChangeProductError::NotFound)?;
    if before.is_archived {
        return Err(ChangeProductError::Archived);
    }
    if before.version != expected {
        return Err(ChangeProductError::VersionConflict { current: before.version });
    }
    let after = next(&before)?;
    match products.replace(&before, &after).await.map_err(ChangeProductError::Store)? {
        Changed::Changed => Ok(after),
        Changed::Oversold => Err(ChangeProductError::Oversold { available: stock.available() }),
        // Another editor was faster; versions only grow.
        Changed::VersionConflict => Err(ChangeProductError::VersionConflict { current: after.version }),
    }
}
