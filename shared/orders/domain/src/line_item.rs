//! One line of an order.

use crate::{Price, Quantity, Sku};

/// So many units of one product at one price. Any combination is a valid line by itself;
/// that the price fits the currency is [`NewOrder`](crate::NewOrder)'s to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineItem {
    /// The product.
    pub sku: Sku,
    /// How many units.
    pub quantity: Quantity,
    /// The price of one unit, in the order's currency.
    pub price: Price,
}
