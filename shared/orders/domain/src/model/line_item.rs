//! Lines of an order.

use crate::{Quantity, Sku};
use kernel::{Price, Version};

kernel::text_type! {
    /// Name of a product of the catalog: 1 to 128 characters, like [`Sku`].
    ItemName, 128
}

/// Quantity of one product at one price. Any combination is valid by itself;
/// [`NewOrder`](crate::NewOrder) checks that the price fits the currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineItem {
    /// Product.
    pub sku: Sku,
    /// Number of units.
    pub quantity: Quantity,
    /// Price of one unit, in the currency of the order.
    pub price: Price,
    /// Product of the catalog as it was when the order was placed; `None` for an item that the caller has priced.
    pub product: Option<Box<ItemProduct>>,
}

/// Product of the catalog, as an order keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemProduct {
    /// Name.
    pub name: ItemName,
    /// Version.
    pub version: Version,
}
