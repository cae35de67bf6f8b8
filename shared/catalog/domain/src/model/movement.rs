//! Movements of stock that people make.

use crate::{InvalidUnitDelta, ProductKey, UnitDelta, Units};
use kernel::Timestamp;
use uuid::{Builder, Uuid};

kernel::text_type! {
    /// Reason for a movement: 1 to 64 characters, such as `received`.
    MovementReason, 64
}

/// UUID of a movement, of version 7 (RFC 9562): sortable by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MovementId(Uuid);

/// Adjustment of a stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Identity.
    pub id: MovementId,
    /// Product.
    pub product: ProductKey,
    /// Requested change.
    pub request: Adjustment,
    /// Time of the movement.
    pub at: Timestamp,
}

/// Request for an adjustment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// Change of the stock.
    pub change: StockChange,
    /// Reason.
    pub reason: MovementReason,
}

/// Change of a stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StockChange {
    /// Adds units, or removes them.
    Delta(UnitDelta),
    /// Sets the number of available units, if it is still the one that the caller has seen.
    Set(CompareAndSet),
}

/// New number of available units, and the one that the caller has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompareAndSet {
    if_available: i64,
    delta: UnitDelta,
}

impl StockChange {
    /// Returns the change of the available units.
    #[must_use]
    pub fn delta(self) -> UnitDelta {
        match self {
            Self::Delta(delta) => delta,
            Self::Set(set) => set.delta,
        }
    }
}

impl CompareAndSet {
    /// Creates a change to `to` available units, if there are `if_available`; negative when more were sold than there were.
    ///
    /// # Errors
    ///
    /// [`InvalidUnitDelta`] when the numbers are equal or too far apart.
    pub fn new(to: Units, if_available: i64) -> Result<Self, InvalidUnitDelta> {
        let delta = to.get().checked_sub(if_available).ok_or(InvalidUnitDelta)?;
        Ok(Self { if_available, delta: UnitDelta::try_from(delta)? })
    }

    /// Returns the new number of available units.
    #[must_use]
    pub fn to(self) -> i64 {
        self.if_available + self.delta.get()
    }

    /// Returns the number that the caller has seen.
    #[must_use]
    pub fn if_available(self) -> i64 {
        self.if_available
    }
}

impl MovementId {
    /// Creates an identity from a time and ten random bytes.
    #[must_use]
    pub fn v7(at: Timestamp, entropy: [u8; 10]) -> Self {
        let millis = u64::try_from(at.unix_millis()).unwrap_or(0);
        Self(Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid())
    }
}

impl std::str::FromStr for MovementId {
    type Err = InvalidMovementId;

    fn from_str(text: &str) -> Result<Self, InvalidMovementId> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidMovementId)
    }
}

impl std::fmt::Display for MovementId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_hyphenated().fmt(f)
    }
}

/// Error for a text that is not the id of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a UUID")]
pub struct InvalidMovementId;
