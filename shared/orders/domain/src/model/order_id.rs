//! Identities of orders.

use kernel::Timestamp;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;
use uuid::{Builder, Uuid};

/// UUID of an order. New orders get version 7 (RFC 9562): sortable by time of creation, and not
/// guessable, since 74 bits are random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(Uuid);

/// Error for a text that is not a hyphenated UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a hyphenated UUID")]
pub struct InvalidOrderId;

impl OrderId {
    /// Creates an identity from the time of creation and ten random bytes.
    #[must_use]
    pub fn v7(created_at: Timestamp, entropy: [u8; 10]) -> Self {
        let millis = u64::try_from(created_at.unix_millis()).unwrap_or(0);
        Self(Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid())
    }

    /// Returns the lowest identity of an order created in that millisecond.
    #[must_use]
    pub fn first_at(time: Timestamp) -> Self {
        Self::v7(time, [0; 10])
    }

    /// Returns the lowest identity of an order created in a later millisecond.
    #[must_use]
    pub fn first_after(time: Timestamp) -> Self {
        Self::first_at(time.after(Duration::from_millis(1)))
    }

    /// Returns the time of creation in a UUID of version 7, to the millisecond. Meaningless for other
    /// versions.
    #[must_use]
    pub fn made_at(self) -> Timestamp {
        let mut millis = [0; 8];
        millis[2..].copy_from_slice(&self.0.as_bytes()[..6]);
        // 48 bits reach beyond the year 9999.
        Timestamp::from_unix_millis(i64::from_be_bytes(millis)).unwrap_or(Timestamp::LAST)
    }

    /// Returns the 16 bytes of the UUID.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Creates an identity from the 16 bytes of a UUID.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl FromStr for OrderId {
    type Err = InvalidOrderId;

    /// Accepts capitals, too (RFC 9562, section 4).
    fn from_str(text: &str) -> Result<Self, InvalidOrderId> {
        // `Uuid` also accepts braces, URNs and bare hexadecimal.
        const HYPHENATED: usize = uuid::fmt::Hyphenated::LENGTH;
        match Uuid::try_parse(text) {
            Ok(uuid) if text.len() == HYPHENATED => Ok(Self(uuid)),
            _ => Err(InvalidOrderId),
        }
    }
}

impl fmt::Display for OrderId {
    /// Lower case (RFC 9562, section 4).
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
    fn capitals_are_the_same_id() {
        let id: OrderId = "018BCFE5-6800-7aBc-8000-00000000000F".parse().expect("an id");
        assert_eq!(id.to_string(), "018bcfe5-6800-7abc-8000-00000000000f");
    }

    #[test]
    fn only_the_hyphenated_form_is_accepted() {
        for text in [
            "",
            "1",
            "018bcfe568007000800000000000000",
            "{018bcfe5-6800-7000-8000-000000000000}",
            "018bcfe5-6800-7000-8000-00000000000g",
        ] {
            assert_eq!(text.parse::<OrderId>(), Err(InvalidOrderId), "{text}");
        }
    }
}
