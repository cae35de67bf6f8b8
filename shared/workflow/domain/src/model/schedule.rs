//! Times between the looks at an order.

use crate::OrderFacts;
use kernel::Timestamp;
use std::time::Duration;

/// Times that a shop sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Time from the placement of an order that is never due to the second look at it. Later looks are further apart.
    pub payment_check: Duration,
    /// Time from the request for fulfilment to the reminder.
    pub fulfilment: Duration,
    /// Time from the reminder to the escalation.
    pub reminder: Duration,
}

impl Schedule {
    /// Age at which an order that is never due, and that nobody has paid, is abandoned.
    pub const MAX_UNPAID_AGE: Duration = Duration::from_hours(30 * 24);
    /// Minimum time between two looks. The clock of the state machine can be a little ahead, and it would ask again at once.
    pub const MIN_CHECK_INTERVAL: Duration = Duration::from_secs(1);
    /// Maximum time between two looks at an order that is not overdue.
    pub const MAX_CHECK_INTERVAL: Duration = Duration::from_hours(24);

    /// Returns the time of the next look at an order on which nothing can be done: its due time, or else after as long again
    /// as it has waited, so that the number of looks grows slowly.
    #[must_use]
    pub fn next_check(&self, facts: &OrderFacts, now: Timestamp) -> Timestamp {
        if let Some(due) = facts.payment_due_at.filter(|due| *due > now) {
            return due.max(now.after(Self::MIN_CHECK_INTERVAL));
        }
        let age = now.since(facts.placed_at);
        now.after(age.max(self.payment_check).min(Self::MAX_CHECK_INTERVAL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FollowedStatus;

    const SCHEDULE: Schedule = Schedule {
        payment_check: Duration::from_mins(30),
        fulfilment: Duration::from_hours(48),
        reminder: Duration::from_hours(24),
    };

    #[test]
    fn an_order_that_is_never_due_is_looked_at_less_and_less_often_but_daily() {
        let placed_at = Timestamp::from_unix_millis(1_769_851_800_000).expect("a time");
        let facts = OrderFacts { status: FollowedStatus::Created, placed_at, payment_due_at: None };
        let (mut now, mut hours, mut looks) = (placed_at, Vec::new(), 0);
        while now.since(placed_at) < Schedule::MAX_UNPAID_AGE {
            let next = SCHEDULE.next_check(&facts, now);
            assert!(next > now);
            hours.push(next.since(now).as_secs_f64() / 3600.0);
            (now, looks) = (next, looks + 1);
        }
        assert_eq!(hours[..7], [0.5, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0]);
        assert!(hours[7..].iter().all(|it| (*it - 24.0).abs() < f64::EPSILON), "{hours:?}");
        assert_eq!(looks, 36);
    }

    #[test]
    fn an_order_is_looked_at_when_it_is_due() {
        let at = |millis| Timestamp::from_unix_millis(millis).expect("a time");
        let facts =
            OrderFacts { status: FollowedStatus::Created, placed_at: at(0), payment_due_at: Some(at(5000)) };
        assert_eq!(SCHEDULE.next_check(&facts, at(0)), at(5000));
        assert_eq!(SCHEDULE.next_check(&facts, at(4999)), at(5999), "not at once");
        assert!(SCHEDULE.next_check(&facts, at(5000)) > at(5000));
    }
}
