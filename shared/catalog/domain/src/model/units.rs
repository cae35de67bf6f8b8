//! Numbers of units.

/// Number of units from 0 to [`Units::MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Units(u32);

/// Change of a number of units: from -[`Units::MAX`] to [`Units::MAX`], and not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitDelta(i32);

/// Error for a number of units that is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 0 to {}", Units::MAX)]
pub struct InvalidUnits;

/// Error for a change that is out of bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from -{0} to {0}, and not 0", Units::MAX)]
pub struct InvalidUnitDelta;

impl Units {
    /// Maximum number of units.
    pub const MAX: u32 = 1_000_000_000;

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> i64 {
        i64::from(self.0)
    }
}

impl TryFrom<i64> for Units {
    type Error = InvalidUnits;

    fn try_from(number: i64) -> Result<Self, InvalidUnits> {
        u32::try_from(number).ok().filter(|it| *it <= Self::MAX).map(Self).ok_or(InvalidUnits)
    }
}

impl UnitDelta {
    /// Returns the number.
    #[must_use]
    pub fn get(self) -> i64 {
        i64::from(self.0)
    }
}

impl TryFrom<i64> for UnitDelta {
    type Error = InvalidUnitDelta;

    fn try_from(number: i64) -> Result<Self, InvalidUnitDelta> {
        let is_valid = number != 0 && number.unsigned_abs() <= u64::from(Units::MAX);
        i32::try_from(number).ok().filter(|_| is_valid).map(Self).ok_or(InvalidUnitDelta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(Units::try_from(0).map(Units::get), Ok(0));
        assert_eq!(Units::try_from(1_000_000_000).map(Units::get), Ok(1_000_000_000));
        for number in [-1, 1_000_000_001, i64::MIN, i64::MAX] {
            assert_eq!(Units::try_from(number), Err(InvalidUnits), "{number}");
        }
        assert_eq!(UnitDelta::try_from(-1_000_000_000).map(UnitDelta::get), Ok(-1_000_000_000));
        for number in [0, -1_000_000_001, 1_000_000_001, i64::MIN] {
            assert_eq!(UnitDelta::try_from(number), Err(InvalidUnitDelta), "{number}");
        }
    }
}
