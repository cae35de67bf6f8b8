//! Hold of an order until somebody has reviewed it.

use crate::ScreeningReason;
use kernel::Timestamp;
use std::fmt;
use std::str::FromStr;

/// Hold of an order, beside its status: it can be paid and cancelled, but is neither charged nor fulfilled until somebody has
/// decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Reason for the review.
    pub reason: ScreeningReason,
    /// Time at which the order is cancelled unless somebody has decided by then.
    pub until: Timestamp,
}

/// Hold of a stored order, which keeps it when it is over: earlier versions of the order had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredHold {
    /// The order is on hold.
    Active(Hold),
    /// The order was on hold: it was approved, or has ended.
    Over(Hold),
}

/// Decision about an order on hold. The first one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewDecision {
    /// The order goes on.
    Approve,
    /// The order is cancelled.
    Reject,
}

/// Error for a text that names no decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be \"approve\" or \"reject\"")]
pub struct InvalidReviewDecision;

impl StoredHold {
    /// Returns the hold, whether it is over or not.
    #[must_use]
    pub fn hold(self) -> Hold {
        match self {
            Self::Active(hold) | Self::Over(hold) => hold,
        }
    }

    /// Returns the hold; `None` when it is over.
    #[must_use]
    pub fn active(self) -> Option<Hold> {
        match self {
            Self::Active(hold) => Some(hold),
            Self::Over(_) => None,
        }
    }
}

impl ReviewDecision {
    /// Both decisions.
    pub const ALL: [Self; 2] = [Self::Approve, Self::Reject];

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }
}

impl FromStr for ReviewDecision {
    type Err = InvalidReviewDecision;

    fn from_str(text: &str) -> Result<Self, InvalidReviewDecision> {
        Self::ALL.into_iter().find(|decision| decision.as_str() == text).ok_or(InvalidReviewDecision)
    }
}

impl fmt::Display for ReviewDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_read_back_and_nothing_else_is_one() {
        for decision in ReviewDecision::ALL {
            assert_eq!(decision.as_str().parse(), Ok(decision));
        }
        for text in ["", "Approve", "approved", "hold"] {
            assert_eq!(text.parse::<ReviewDecision>(), Err(InvalidReviewDecision), "{text}");
        }
    }
}
