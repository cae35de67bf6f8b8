//! Products.

use crate::{ProductKey, ProductName, Units};
use kernel::{Currency, Metadata, Patch, Price, Timestamp, TooManyDecimals, Version};

/// Product at one of its versions. The version covers what people edit, never the stock: a sale must not break an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Owner and sku.
    pub key: ProductKey,
    /// Members that people edit.
    pub details: ProductDetails,
    /// Version.
    pub version: Version,
    /// `true` once the product is archived: orders keep their copy, and the sku stays taken.
    pub is_archived: bool,
    /// Time of the creation.
    pub created_at: Timestamp,
    /// Time of the change to this version.
    pub updated_at: Timestamp,
}

/// Members of a product that people edit; the currency is chosen once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductDetails {
    /// Name for buyers.
    pub name: ProductName,
    /// Price of one unit.
    pub price: UnitPrice,
    /// `true` when the product can be ordered.
    pub is_active: bool,
    /// Texts of the client.
    pub metadata: Option<Metadata>,
    /// Available units at or below which the stock is low.
    pub low_stock_at: Option<Units>,
    /// Units that can be sold beyond those available.
    pub oversell_limit: Units,
}

/// Price with exactly the decimals of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitPrice {
    price: Price,
    currency: Currency,
}

/// Edit of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductEdit {
    /// New name.
    pub name: Option<ProductName>,
    /// New price.
    pub price: Option<Price>,
    /// New state.
    pub is_active: Option<bool>,
    /// Replacement of all metadata.
    pub metadata: Patch<Metadata>,
    /// Change of the bound of a low stock.
    pub low_stock_at: Patch<Units>,
    /// New limit.
    pub oversell_limit: Option<Units>,
}

impl UnitPrice {
    /// Creates a price in a currency.
    ///
    /// # Errors
    ///
    /// [`TooManyDecimals`].
    pub fn new(price: Price, currency: Currency) -> Result<Self, TooManyDecimals> {
        Ok(Self { price: price.in_currency(currency)?, currency })
    }

    /// Returns the price.
    #[must_use]
    pub fn price(self) -> Price {
        self.price
    }

    /// Returns the currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }
}

impl Product {
    /// Creates a product: version 1.
    #[must_use]
    pub fn create(key: ProductKey, details: ProductDetails, at: Timestamp) -> Self {
        Self { key, details, version: Version::FIRST, is_archived: false, created_at: at, updated_at: at }
    }

    /// Returns the next version with an edit.
    ///
    /// # Errors
    ///
    /// [`TooManyDecimals`] for a price with more decimals than the currency of the product.
    pub fn edited(&self, edit: ProductEdit, at: Timestamp) -> Result<Self, TooManyDecimals> {
        let mut details = self.details.clone();
        if let Some(price) = edit.price {
            details.price = UnitPrice::new(price, details.price.currency)?;
        }
        details.name = edit.name.unwrap_or(details.name);
        details.is_active = edit.is_active.unwrap_or(details.is_active);
        details.oversell_limit = edit.oversell_limit.unwrap_or(details.oversell_limit);
        edit.metadata.apply(&mut details.metadata);
        edit.low_stock_at.apply(&mut details.low_stock_at);
        Ok(Self { details, ..self.at_next_version(at) })
    }

    /// Returns the next version, archived.
    #[must_use]
    pub fn archived(&self, at: Timestamp) -> Self {
        Self { is_archived: true, ..self.at_next_version(at) }
    }

    fn at_next_version(&self, at: Timestamp) -> Self {
        Self { version: self.version.next(), updated_at: at, ..self.clone() }
    }

    /// Returns `true` when the product can be ordered.
    #[must_use]
    pub fn is_for_sale(&self) -> bool {
        self.details.is_active && !self.is_archived
    }
}
