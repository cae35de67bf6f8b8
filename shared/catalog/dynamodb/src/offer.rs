//! Offers: what the stock item repeats of its product.

use crate::keys;
use catalog_domain::ProductKey;
use kernel::{Currency, PortError, Price, Version};
use platform_dynamodb::{Item, flag, integer, string, text, unreadable};

/// Product as orders see it, and the units that can be sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Name.
    pub name: String,
    /// Price of one unit, with the decimals of the currency.
    pub price: Price,
    /// Currency.
    pub currency: Currency,
    /// Version of the product.
    pub version: Version,
    /// `true` when the product can be ordered.
    pub is_for_sale: bool,
    /// Units that can be sold.
    pub sellable: i64,
}

impl Offer {
    /// Returns the key of the item with the stock of a product, which has what it offers.
    #[must_use]
    pub fn key(product: &ProductKey) -> Item {
        let key = [("pk", keys::partition_of(product)), ("sk", string(keys::STOCK))];
        key.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Reads an offer from that item.
    ///
    /// # Errors
    ///
    /// [`PortError::Unreadable`] for an item of another form.
    pub fn read(stock: &Item) -> Result<Self, PortError> {
        let currency: Currency = text(stock, "currency")?.parse().map_err(unreadable)?;
        // A number in DynamoDB has no trailing zeros.
        let price =
            stock.get("price").and_then(|price| price.as_n().ok()).and_then(|price| price.parse().ok());
        let price: Price = price.ok_or_else(|| unreadable("a stock has no valid price"))?;
        let version: u64 = integer(stock, "version")?;
        Ok(Self {
            name: text(stock, "name")?.to_owned(),
            price: price.in_currency(currency).map_err(unreadable)?,
            currency,
            version: Version::try_from(version).map_err(unreadable)?,
            is_for_sale: flag(stock, "is_for_sale")?,
            sellable: integer(stock, "sellable")?,
        })
    }
}
