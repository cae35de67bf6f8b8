//! Statuses of an order and the transitions between them.

use std::fmt;
use std::str::FromStr;

/// Status of an order: `CREATED → {PAID, CANCELLED}`, `PAID → {FULFILLED, CANCELLED}`;
/// `FULFILLED` and `CANCELLED` are final, and so is `REJECTED`, with which an order begins that is not accepted.
///
/// A stored order can have a status that only a later release knows, while two releases run side by side. It is carried
/// through, and leads to no other status.
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
    /// Not accepted after the request was. First and final.
    Rejected,
    /// Status of a later release.
    Unknown(UnknownStatus),
}

/// Name of a status that this release doesn't know: 1 to 32 upper-case letters and underscores.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnknownStatus {
    bytes: [u8; Self::MAX_CHARS],
    length: usize,
}

/// Error for a stored text that no release writes as a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {} capital letters and \"_\"", UnknownStatus::MAX_CHARS)]
pub struct InvalidStoredStatus;

/// Error for a text that names no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be one of \"CREATED\", \"PAID\", \"FULFILLED\", \"CANCELLED\", \"REJECTED\"")]
pub struct InvalidStatus;

impl Status {
    /// All statuses of this release.
    pub const ALL: [Self; 5] = [Self::Created, Self::Paid, Self::Fulfilled, Self::Cancelled, Self::Rejected];

    /// Statuses in which personal data can be corrected.
    pub const OPEN: [Self; 2] = [Self::Created, Self::Paid];

    /// Restores a stored status, which a later release may have written.
    ///
    /// # Errors
    ///
    /// [`InvalidStoredStatus`].
    pub fn restore(text: &str) -> Result<Self, InvalidStoredStatus> {
        text.parse().or_else(|InvalidStatus| UnknownStatus::new(text).map(Self::Unknown))
    }

    /// Returns `true` for a status of this release.
    #[must_use]
    pub fn is_known(self) -> bool {
        !matches!(self, Self::Unknown(_))
    }

    /// Returns `true` for a status with which an order can begin.
    #[must_use]
    pub fn is_first(self) -> bool {
        matches!(self, Self::Created | Self::Rejected)
    }

    /// Returns `true` for a status of this release that no other one follows.
    #[must_use]
    pub fn is_final(self) -> bool {
        self.is_known() && self.next().is_empty()
    }

    /// Returns `true` when the order came to nothing: nothing is owed, and money that comes in has to go back.
    #[must_use]
    pub fn is_void(self) -> bool {
        matches!(self, Self::Cancelled | Self::Rejected)
    }

    /// Returns the statuses that can follow this one; none for a final or an unknown status.
    #[must_use]
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Created => &[Self::Paid, Self::Cancelled],
            Self::Paid => &[Self::Fulfilled, Self::Cancelled],
            Self::Fulfilled | Self::Cancelled | Self::Rejected | Self::Unknown(_) => &[],
        }
    }

    /// Returns `true` when an order can go from this status to `target`.
    #[must_use]
    pub fn can_become(self, target: Self) -> bool {
        self.next().contains(&target)
    }

    /// Returns the statuses that this one can follow; none for `CREATED` and `REJECTED`.
    pub fn sources(self) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(move |source| source.can_become(self))
    }

    /// Returns the name in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Created => "CREATED",
            Self::Paid => "PAID",
            Self::Fulfilled => "FULFILLED",
            Self::Cancelled => "CANCELLED",
            Self::Rejected => "REJECTED",
            Self::Unknown(name) => name.as_str(),
        }
    }
}

impl UnknownStatus {
    /// Maximum number of characters.
    pub const MAX_CHARS: usize = 32;

    fn new(text: &str) -> Result<Self, InvalidStoredStatus> {
        let is_valid = !text.is_empty() && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let mut bytes = [0; Self::MAX_CHARS];
        let part = bytes.get_mut(..text.len()).filter(|_| is_valid).ok_or(InvalidStoredStatus)?;
        part.copy_from_slice(text.as_bytes());
        Ok(Self { bytes, length: text.len() })
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl fmt::Debug for UnknownStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
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
    use super::Status::{Cancelled, Created, Fulfilled, Paid, Rejected};
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
        assert_eq!((Created.sources().count(), Rejected.sources().count()), (0, 0));
    }

    #[test]
    fn an_order_begins_as_created_or_rejected() {
        let first: Vec<_> = Status::ALL.into_iter().filter(|status| status.is_first()).collect();
        assert_eq!((first, Rejected.next()), (vec![Created, Rejected], &[][..]));
        let void: Vec<_> = Status::ALL.into_iter().filter(|status| status.is_void()).collect();
        assert_eq!(void, [Cancelled, Rejected]);
        let last: Vec<_> = Status::ALL.into_iter().filter(|status| status.is_final()).collect();
        assert_eq!(last, [Fulfilled, Cancelled, Rejected]);
        assert!(!Status::restore("ON_HOLD").expect("a status").is_final());
    }

    #[test]
    fn a_stored_status_of_a_later_release_is_carried_through() {
        let unknown = Status::restore("ON_HOLD").expect("a status");
        assert_eq!((unknown.to_string().as_str(), unknown.is_known()), ("ON_HOLD", false));
        assert_eq!((unknown.next(), Status::restore("ON_HOLD")), (&[][..], Ok(unknown)));
        assert!(Status::ALL.into_iter().all(|known| !known.can_become(unknown)));
        assert_eq!(Status::restore("PAID"), Ok(Paid));
        assert!(Status::restore(&"A".repeat(32)).is_ok());
        for text in ["", "paid", "ON HOLD", "PAID2", "770077", "É", &"A".repeat(33)] {
            assert_eq!(Status::restore(text), Err(InvalidStoredStatus), "{text}");
        }
        assert_eq!("ON_HOLD".parse::<Status>(), Err(InvalidStatus), "a request has only known statuses");
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
