//! Steps of the state machine.

use crate::{FollowedOrder, Standing};
use kernel::Timestamp;
use std::str::FromStr;

/// Step that the state machine asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Order.
    pub order: FollowedOrder,
    /// Operation.
    pub operation: Operation,
    /// Time at which the state machine entered the step, the same in each of its retries.
    pub entered_at: Timestamp,
}

/// Operation of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Reads the order.
    Read,
    /// Cancels the order if it was not paid in time.
    Cancel,
    /// Publishes that the order can be fulfilled.
    RequestFulfilment,
    /// Publishes that the order is not fulfilled yet.
    Remind,
    /// Publishes that nobody has fulfilled the order after a reminder.
    Escalate,
}

/// Error for a text that names no operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown operation: must be one of \"read\", \"cancel\", \"request_fulfilment\", \"remind\", \"escalate\""
)]
pub struct InvalidOperation;

/// Outcome of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Standing of the order.
    pub standing: Standing,
    /// Time of the next look at the order, if the state machine waits.
    pub check_at: Timestamp,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 5] =
        [Self::Read, Self::Cancel, Self::RequestFulfilment, Self::Remind, Self::Escalate];

    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Cancel => "cancel",
            Self::RequestFulfilment => "request_fulfilment",
            Self::Remind => "remind",
            Self::Escalate => "escalate",
        }
    }
}

impl FromStr for Operation {
    type Err = InvalidOperation;

    fn from_str(text: &str) -> Result<Self, InvalidOperation> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == text).ok_or(InvalidOperation)
    }
}
