//! Stock items.

use crate::keys;
use catalog_domain::{Product, Stock, Units};
use kernel::PortError;
use platform_dynamodb::{Item, boolean, flag, integer, number, string, unreadable};

/// Returns the item of the stock of a new product: nothing is available.
pub(crate) fn empty(product: &Product) -> Item {
    let (details, zero) = (&product.details, || number(0));
    let attributes = [
        ("pk", keys::partition_of(&product.key)),
        ("sk", string(keys::STOCK)),
        ("sellable", number(details.oversell_limit.get())),
        ("oversell_limit", number(details.oversell_limit.get())),
        ("reserved", zero()),
        ("committed", zero()),
        ("seq", zero()),
        ("name", string(details.name.as_str())),
        ("price", number(details.price.price())),
        ("currency", string(details.price.currency())),
        ("version", number(product.version)),
        ("is_for_sale", boolean(product.is_for_sale())),
        ("is_archived", boolean(product.is_archived)),
    ];
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Reads the counters of a stock.
pub(crate) fn stock(item: &Item) -> Result<Stock, PortError> {
    let limit: i64 = integer(item, "oversell_limit")?;
    Ok(Stock {
        sellable: integer(item, "sellable")?,
        oversell_limit: Units::try_from(limit).map_err(unreadable)?,
        reserved: integer(item, "reserved")?,
        committed: integer(item, "committed")?,
        seq: integer(item, "seq")?,
    })
}

/// Reads whether the product of a stock is archived.
pub(crate) fn is_archived(item: &Item) -> Result<bool, PortError> {
    flag(item, "is_archived")
}
