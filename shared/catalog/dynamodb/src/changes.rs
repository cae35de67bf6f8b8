//! Changes, as the stream of the table reports them.

use crate::products::product_of;
use crate::{keys, stock_item};
use catalog_domain::CatalogChange;
use kernel::{PortError, Timestamp};
use platform_dynamodb::{Item, text};

/// Reads a change of the table from the images of an item; `None` for a write of another item than a product or a stock, and
/// for the first write of a stock, which is that of the product.
///
/// # Errors
///
/// [`PortError::Unreadable`] for an item that is none of this table.
pub fn change_of(
    before: Option<serde_dynamo::Item>,
    after: serde_dynamo::Item,
    at: Timestamp,
) -> Result<Option<CatalogChange>, PortError> {
    let (before, after) = (before.map(Item::from), Item::from(after));
    let key = |item: &Item| keys::product_of(text(item, "pk")?);
    match (text(&after, "sk")?, before) {
        (keys::PRODUCT, _) => {
            let product = product_of(&after, &key(&after)?.tenant)?;
            Ok(Some(CatalogChange::Product(Box::new(product))))
        }
        (keys::STOCK, Some(before)) => Ok(Some(CatalogChange::Stock {
            product: key(&after)?,
            before: stock_item::level(&before)?,
            after: stock_item::level(&after)?,
            at,
        })),
        _ => Ok(None),
    }
}
