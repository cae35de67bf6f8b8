//! Products of the catalog, as orders see them.

use crate::{InvalidNewOrder, ItemName, Sku};
use kernel::{Currency, Price, Version};
use std::collections::BTreeMap;

/// Product of the catalog at one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Name.
    pub name: ItemName,
    /// Price of one unit.
    pub price: Price,
    /// Currency of the price.
    pub currency: Currency,
    /// Version.
    pub version: Version,
    /// `true` when the product can be ordered.
    pub is_for_sale: bool,
}

/// Products of the catalog by sku. The catalog has no others among those that were asked for.
pub type Offers = BTreeMap<Sku, Offer>;

/// Reason to refuse the products of an order. Nothing is held, and the key is free.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProductsRefused {
    /// The catalog has no such products.
    #[error("the catalog does not have all products")]
    Unknown(Vec<RefusedItem<()>>),
    /// The products can't be ordered.
    #[error("not all products can be ordered")]
    Inactive(Vec<RefusedItem<()>>),
    /// The products have another currency than the order.
    #[error("not all products have the currency of the order")]
    CurrencyMismatch(Vec<RefusedItem<Currency>>),
    /// The products have another price than the buyer expects.
    #[error("not all products have the expected price")]
    PriceChanged(Vec<RefusedItem<PriceChange>>),
    /// Fewer units can be sold than the order needs.
    #[error("not all products have the units that the order needs")]
    InsufficientStock(Vec<RefusedItem<Shortage>>),
    /// With the prices of the catalog, the order has no valid total.
    #[error("the order has no valid total")]
    Total(Vec<InvalidNewOrder>),
}

/// Item whose product is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedItem<T> {
    /// Index of the item, counted from 0.
    pub index: usize,
    /// Product.
    pub sku: Sku,
    /// Reason for the refusal.
    pub detail: T,
}

/// Price that the buyer expects, and the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceChange {
    /// Expected price.
    pub expected: Price,
    /// Present price.
    pub present: Price,
}

/// Units that an order needs of a product in all its items together, and those that can be sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Needed units.
    pub requested: u32,
    /// Units that can be sold.
    pub available: i64,
}
