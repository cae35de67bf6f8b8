//! Stocks, counted again from what explains them.

use crate::Stock;

/// Stock of a product, and what its movements and reservations say of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountedStock {
    /// The counters.
    pub stock: Stock,
    /// Sum of all adjustments.
    pub adjusted: i64,
    /// Units that reservations hold.
    pub held: i64,
}

impl CountedStock {
    /// Returns the units that the counters have more than the adjustments explain.
    #[must_use]
    pub fn unexplained(&self) -> i64 {
        self.stock.available() + self.stock.reserved + self.stock.committed - self.adjusted
    }

    /// Returns the reserved units that no reservation holds; negative when reservations hold more.
    #[must_use]
    pub fn unheld(&self) -> i64 {
        self.stock.reserved - self.held
    }

    /// Returns `true` when the counters are explained.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        self.unexplained() == 0 && self.unheld() == 0
    }
}
