//! The identity of an order.

use crate::Timestamp;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use uuid::{Builder, Uuid};

/// A UUID, version 7 (RFC 9562) for orders made here: sortable by time of creation, and not
/// guessable, 74 bits of it being random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(Uuid);

/// The text is not a hyphenated UUID in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a hyphenated UUID in lower case")]
pub struct InvalidOrderId;

impl OrderId {
    /// A new identity from the time of creation and ten random bytes.
    #[must_use]
    pub fn v7(created_at: Timestamp, entropy: [u8; 10]) -> Self {
        let millis = u64::try_from(created_at.unix_millis()).unwrap_or(0);
        Self(Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid())
    }

    /// The least identity that an order of that millisecond can have.
    #[must_use]
    pub fn first_at(time: Timestamp) -> Self {
        Self::v7(time, [0; 10])
    }

    /// The least identity that an order of a later millisecond can have.
    #[must_use]
    pub fn first_after(time: Timestamp) -> Self {
        Self::first_at(time.after(Duration::from_millis(1)))
    }

    /// When an order of this identity was made, to the millisecond; without meaning for identities
    /// that are no UUIDs of version 7.
    #[must_use]
    pub fn made_at(self) -> Timestamp {
        let mut millis = [0; 8];
        millis[2..].copy_from_slice(&self.0.as_bytes()[..6]);
        // What 48 bits hold goes beyond the year 9999.
        Timestamp::from_unix_millis(i64::from_be_bytes(millis)).unwrap_or(Timestamp::LAST)
    }

    /// The 16 bytes of the UUID.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The identity of 16 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl FromStr for OrderId {
    type Err = InvalidOrderId;

    fn from_str(text: &str) -> Result<Self, InvalidOrderId> {
        // `Uuid` reads braces, URNs, bare hexadecimal and capitals too; one order has one spelling here.
        const HYPHENATED: usize = uuid::fmt::Hyphenated::LENGTH;
        match Uuid::try_parse(text) {
            Ok(uuid) if text.len() == HYPHENATED && !text.contains(|c: char| c.is_ascii_uppercase()) => {
                Ok(Self(uuid))
            }
            _ => Err(InvalidOrderId),
        }
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_version_7_that_sort_by_time() {
        let at = |millis| Timestamp::from_unix_millis(millis).expect("a time");
        let earlier = OrderId::v7(at(1_700_000_000_000), [0xFF; 10]);
        let later = OrderId::v7(at(1_700_000_000_001), [0; 10]);
        assert_eq!(earlier.0.get_version_num(), 7);
        assert!(earlier < later && earlier.to_string() < later.to_string());
        assert_eq!(earlier.to_string().parse(), Ok(earlier));
        assert_eq!(earlier.made_at(), at(1_700_000_000_000));
        assert_eq!(OrderId::from_bytes(*earlier.as_bytes()), earlier);
    }

    #[test]
    fn only_the_hyphenated_form_is_read() {
        for text in [
            "",
            "1",
            "018bcfe568007000800000000000000",
            "{018bcfe5-6800-7000-8000-000000000000}",
            "018BCFE5-6800-7000-8000-000000000000",
        ] {
            assert_eq!(text.parse::<OrderId>(), Err(InvalidOrderId), "{text}");
        }
    }
}
