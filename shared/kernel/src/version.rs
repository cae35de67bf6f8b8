//! Versions of records, for optimistic concurrency control.

use std::fmt;

/// Number of states that a record has been in: 1 when created, one more with every change.
///
/// At most `i64::MAX`, so that it fits a BSON int64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u64);

/// Error for a number that is not a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to {}", i64::MAX)]
pub struct InvalidVersion;

impl Version {
    /// Version of a record that was never changed.
    pub const FIRST: Self = Self(1);

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }

    /// Returns the next version. Saturates at `i64::MAX`, which no record reaches.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1).min(i64::MAX as u64))
    }
}

impl TryFrom<u64> for Version {
    type Error = InvalidVersion;

    fn try_from(number: u64) -> Result<Self, InvalidVersion> {
        match i64::try_from(number) {
            Ok(1..) => Ok(Self(number)),
            _ => Err(InvalidVersion),
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_count_from_one_within_int64() {
        assert_eq!(Version::try_from(0), Err(InvalidVersion));
        assert_eq!(Version::try_from(1), Ok(Version::FIRST));
        assert!(Version::try_from(i64::MAX as u64).is_ok());
        assert_eq!(Version::try_from(i64::MAX as u64 + 1), Err(InvalidVersion));
        assert_eq!(Version::FIRST.next().get(), 2);
    }
}
