//! Quantities.

use std::fmt;

/// Number of units: 1 to 999 999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(u32);

/// Error for a number outside of 1 to 999 999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to {}", Quantity::MAX)]
pub struct InvalidQuantity;

impl Quantity {
    /// Maximum quantity of one item.
    pub const MAX: u32 = 999_999;

    /// Returns the number of units.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u64> for Quantity {
    type Error = InvalidQuantity;

    fn try_from(units: u64) -> Result<Self, InvalidQuantity> {
        match u32::try_from(units) {
            Ok(units @ 1..=Self::MAX) => Ok(Self(units)),
            _ => Err(InvalidQuantity),
        }
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_1_to_999_999() {
        assert_eq!(Quantity::try_from(0), Err(InvalidQuantity));
        assert_eq!(Quantity::try_from(1).map(Quantity::get), Ok(1));
        assert_eq!(Quantity::try_from(999_999).map(Quantity::get), Ok(999_999));
        assert_eq!(Quantity::try_from(1_000_000), Err(InvalidQuantity));
        assert_eq!(Quantity::try_from(u64::MAX), Err(InvalidQuantity));
    }
}
