//! Stock items.

use crate::keys;
use catalog_domain::{Product, Stock, StockLevel, Units};
use kernel::PortError;
use platform_dynamodb::{Item, boolean, flag, integer, number, string, unreadable};

/// Attribute with the bound at or below which the stock is low; absent without one.
pub(crate) const LOW_STOCK_AT: &str = "low_stock_at";

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
    let bound = details.low_stock_at.map(|bound| (LOW_STOCK_AT, number(bound.get())));
    attributes.into_iter().chain(bound).map(|(name, value)| (name.to_owned(), value)).collect()
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

/// Reads a stock with what buyers see of it.
pub(crate) fn level(item: &Item) -> Result<StockLevel, PortError> {
    let bound = |_| Units::try_from(integer::<i64>(item, LOW_STOCK_AT)?).map_err(unreadable);
    Ok(StockLevel {
        stock: stock(item)?,
        low_stock_at: item.get(LOW_STOCK_AT).map(bound).transpose()?,
        is_for_sale: flag(item, "is_for_sale")?,
    })
}

/// Reads whether the product of a stock is archived.
pub(crate) fn is_archived(item: &Item) -> Result<bool, PortError> {
    flag(item, "is_archived")
}
