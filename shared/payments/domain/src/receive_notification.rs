//! Receipt of a verified notification.

use crate::ports::{FactEffect, OrderPayments, Recorded, Reported, UnmatchedNotifications};
use kernel::PortError;
use std::time::Duration;

/// Age of an event from which on its order is not expected any more. A notification can arrive before its order is stored,
/// which takes seconds, or minutes while a store is down.
pub const UNMATCHED_AGE: Duration = Duration::from_mins(10);

/// Maximum time by which the clock of a provider is ahead.
const MAX_CLOCK_SKEW: Duration = Duration::from_mins(5);

/// Outcome of [`receive_notification`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received<W> {
    /// The order has the fact.
    Recorded {
        /// Order, whose events may have to be published.
        written: W,
        /// Effect on the order.
        effect: FactEffect,
    },
    /// The notification is about money of others.
    NotOurs,
    /// No order has come for it. It is kept for people to look at.
    Unmatched,
    /// The order is not known yet: the provider must send the notification again.
    TooEarly,
}

/// Returns `true` for an event whose order may still be about to be stored. A time in the future says nothing.
fn is_young(reported: &Reported<'_>) -> bool {
    let occurred_at = reported.notification.occurred_at;
    occurred_at <= reported.at.after(MAX_CLOCK_SKEW) && occurred_at.after(UNMATCHED_AGE) > reported.at
}

/// Gives a fact to its order. One without an order is asked for again until it is [`UNMATCHED_AGE`] old, and kept then.
///
/// # Errors
///
/// [`PortError`]. The provider sends the notification again.
pub async fn receive_notification<O: OrderPayments>(
    orders: &O,
    unmatched: &impl UnmatchedNotifications,
    reported: &Reported<'_>,
) -> Result<Received<O::Written>, PortError> {
    Ok(match orders.record(reported).await? {
        Recorded::Recorded { written, effect } => Received::Recorded { written, effect },
        Recorded::UnknownPayment | Recorded::UnknownOrder if is_young(reported) => Received::TooEarly,
        Recorded::UnknownPayment | Recorded::NotOurs => Received::NotOurs,
        Recorded::UnknownOrder | Recorded::NoOrder => {
            unmatched.keep(reported.tenant, reported.provider, reported.notification).await?;
            Received::Unmatched
        }
    })
}
