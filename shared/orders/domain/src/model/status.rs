//! Statuses of an order and the transitions between them.

use std::fmt;
use std::str::FromStr;

/// Status of an order: `CREATED → {PAID, CANCELLED}`, `PAID → {FULFILLED, CANCELLED}`;
/// `FULFILLED` and `CANCELLED` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Placed, not yet paid.
    Created,
    /// Paid, not yet delivered.
    Paid,
    /// Delivered. Final.
    Fulfilled,
    /// Cancelled. Final.
    Cancelled,
}

/// Error for a text that names no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of \"CREATED\", \"PAID\", \"FULFILLED\", \"CANCELLED\"")]
pub struct InvalidStatus;

impl Status {
    /// All statuses.
    pub const ALL: [Self; 4] = [Self::Created, Self::Paid, Self::Fulfilled, Self::Cancelled];

    /// Returns the statuses that can follow this one; none for a final status.
    #[must_use]
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Created => &[Self::Paid, Self::Cancelled],
            Self::Paid => &[Self::Fulfilled, Self::Cancelled],
            Self::Fulfilled | Self::Cancelled => &[],
        }
    }

    /// Returns `true` when an order can go from this status to `target`.
    #[must_use]
    pub fn can_become(self, target: Self) -> bool {
        self.next().contains(&target)
    }

    /// Returns the statuses that this one can follow; none for `CREATED`.
    pub fn sources(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |source| source.can_become(self))
    }

    /// Returns the name in upper case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Paid => "PAID",
            Self::Fulfilled => "FULFILLED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl FromStr for Status {
    type Err = InvalidStatus;

    fn from_str(text: &str) -> Result<Self, InvalidStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(InvalidStatus)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Status::{Cancelled, Created, Fulfilled, Paid};
    use super::*;

    #[test]
    fn exactly_four_transitions_are_legal() {
        let legal: Vec<_> = Status::ALL
            .into_iter()
            .flat_map(|from| Status::ALL.into_iter().map(move |to| (from, to)))
            .filter(|(from, to)| from.can_become(*to))
            .collect();
        assert_eq!(legal, [(Created, Paid), (Created, Cancelled), (Paid, Fulfilled), (Paid, Cancelled)]);
    }

    #[test]
    fn sources_are_the_reverse_of_the_transitions() {
        assert_eq!(Cancelled.sources().collect::<Vec<_>>(), [Created, Paid]);
        assert_eq!(Created.sources().count(), 0);
    }

    #[test]
    fn names_are_in_capitals_and_read_back() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(status.to_string(), status.as_str());
            assert_eq!(status.as_str().to_lowercase().parse::<Status>(), Err(InvalidStatus));
        }
    }
}
