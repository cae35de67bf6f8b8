//! Stock of a product.

use crate::Units;

/// Stock of a product: three counters, of which every unit that was ever received is in one, and a limit.
///
/// The sum of all adjustments equals available + reserved + committed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    /// Units that can still be sold: those available, and the oversell limit. Never negative.
    pub sellable: i64,
    /// Units that can be sold beyond those available.
    pub oversell_limit: Units,
    /// Units that orders hold.
    pub reserved: i64,
    /// Units that were handed over.
    pub committed: i64,
    /// Number of the latest write to the stock, which every write raises.
    pub seq: u64,
}

/// Stock as buyers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// Units can be sold.
    InStock,
    /// Few units are left.
    Low,
    /// No unit can be sold.
    Out,
}

impl Stock {
    /// Maximum number of units that can be sold after an adjustment: as many as can be available, and the highest limit. Units
    /// that are given back, and a higher limit, can add to it.
    pub const MAX_SELLABLE: i64 = 2_000_000_000;

    /// Returns the units that are available; negative when units were sold that are not there yet.
    #[must_use]
    pub fn available(self) -> i64 {
        self.sellable - self.oversell_limit.get()
    }

    /// Returns the units that are there: those available, and those that orders hold.
    #[must_use]
    pub fn on_hand(self) -> i64 {
        self.available() + self.reserved
    }

    /// Returns the stock as buyers see it, with a bound at or below which it is low.
    #[must_use]
    pub fn availability(self, low_stock_at: Option<Units>) -> Availability {
        if self.sellable <= 0 {
            Availability::Out
        } else if low_stock_at.is_some_and(|bound| self.available() <= bound.get()) {
            Availability::Low
        } else {
            Availability::InStock
        }
    }
}

impl Availability {
    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InStock => "in_stock",
            Self::Low => "low",
            Self::Out => "out",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_the_oversell_limit_can_be_sold_and_are_not_there() {
        let limit = Units::try_from(5).expect("units");
        let stock = Stock { sellable: 3, oversell_limit: limit, reserved: 4, committed: 1, seq: 9 };
        assert_eq!((stock.available(), stock.on_hand()), (-2, 2));
        assert_eq!(stock.availability(None), Availability::InStock);
        assert_eq!(stock.availability(Some(Units::default())), Availability::Low);
        assert_eq!(Stock { sellable: 0, ..stock }.availability(None), Availability::Out);
    }
}
