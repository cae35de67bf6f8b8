//! Standing of an order: what the workflow has to know of it.

use crate::Schedule;
use kernel::Timestamp;
use std::fmt;

/// Status of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowedStatus {
    /// Placed, not yet paid.
    Created,
    /// Paid, not yet delivered.
    Paid,
    /// Delivered.
    Fulfilled,
    /// Cancelled.
    Cancelled,
    /// Status that only a later release knows.
    Unknown,
}

/// Order as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderFacts {
    /// Status.
    pub status: FollowedStatus,
    /// Time at which it was placed.
    pub placed_at: Timestamp,
    /// Time until which it has to be paid; `None` for an order that is never due.
    pub payment_due_at: Option<Timestamp>,
}

/// Standing of an order, on which the state machine decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Not paid, and not due.
    Unpaid,
    /// Not paid in time.
    Overdue,
    /// Not paid for so long that nobody waits for it any more, although it was never due.
    Abandoned,
    /// Paid, and not fulfilled.
    Paid,
    /// Fulfilled.
    Fulfilled,
    /// Cancelled.
    Cancelled,
    /// In a status that only a later release knows.
    Unknown,
    /// Not stored.
    Missing,
    /// Stored in a form that can't be read.
    Unreadable,
    /// Event about the order published.
    Announced,
}

impl Standing {
    /// All standings.
    pub const ALL: [Self; 10] = [
        Self::Unpaid,
        Self::Overdue,
        Self::Abandoned,
        Self::Paid,
        Self::Fulfilled,
        Self::Cancelled,
        Self::Unknown,
        Self::Missing,
        Self::Unreadable,
        Self::Announced,
    ];

    /// Returns the standing of a stored order.
    #[must_use]
    pub fn of(facts: &OrderFacts, now: Timestamp) -> Self {
        match facts.status {
            FollowedStatus::Paid => Self::Paid,
            FollowedStatus::Fulfilled => Self::Fulfilled,
            FollowedStatus::Cancelled => Self::Cancelled,
            FollowedStatus::Unknown => Self::Unknown,
            FollowedStatus::Created => match facts.payment_due_at {
                Some(due) if due <= now => Self::Overdue,
                None if now.since(facts.placed_at) >= Schedule::MAX_UNPAID_AGE => Self::Abandoned,
                Some(_) | None => Self::Unpaid,
            },
        }
    }

    /// Returns the name, in capitals.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "UNPAID",
            Self::Overdue => "OVERDUE",
            Self::Abandoned => "ABANDONED",
            Self::Paid => "PAID",
            Self::Fulfilled => "FULFILLED",
            Self::Cancelled => "CANCELLED",
            Self::Unknown => "UNKNOWN",
            Self::Missing => "MISSING",
            Self::Unreadable => "UNREADABLE",
            Self::Announced => "ANNOUNCED",
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const PLACED: i64 = 1_769_851_800_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(PLACED + millis).expect("a time")
    }

    fn standing(status: FollowedStatus, due: Option<i64>, now: Timestamp) -> Standing {
        Standing::of(&OrderFacts { status, placed_at: at(0), payment_due_at: due.map(at) }, now)
    }

    #[test]
    fn an_unpaid_order_is_overdue_from_its_due_time_on() {
        let created = FollowedStatus::Created;
        assert_eq!(standing(created, Some(1000), at(999)), Standing::Unpaid);
        assert_eq!(standing(created, Some(1000), at(1000)), Standing::Overdue);
        for status in [FollowedStatus::Paid, FollowedStatus::Fulfilled, FollowedStatus::Cancelled] {
            assert_ne!(standing(status, Some(1000), at(5000)), Standing::Overdue, "{status:?}");
        }
    }

    #[test]
    fn an_order_that_is_never_due_is_abandoned_at_its_maximum_age_and_never_overdue() {
        let (created, limit) = (FollowedStatus::Created, Schedule::MAX_UNPAID_AGE);
        let before = at(0).after(limit).before(Duration::from_millis(1));
        assert_eq!(standing(created, None, before), Standing::Unpaid);
        assert_eq!(standing(created, None, at(0).after(limit)), Standing::Abandoned);
        assert_eq!(standing(created, Some(i64::from(i32::MAX) * 10), at(0).after(limit)), Standing::Unpaid);
    }
}
