//! Lines of an order.

use crate::{Quantity, Sku};
use kernel::Price;

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
}
