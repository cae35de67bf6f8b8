//! Stores that know one order and answer after a fixed delay, so that the time of a request shows
//! how many round trips it waits for.
//!
//! A delay is kept to about a millisecond, which is the grain of the timer, and is the same for
//! whoever asks. Opening a connection is not delayed; the handshake on it is.

mod aws;
mod mongo;
mod order;
mod wire;

pub(crate) use aws::serve as aws;
pub(crate) use mongo::{Outboxes, serve as mongo};
pub(crate) use order::{CANNED_ORDER_ID, canned_order, order_id};

use std::time::Duration;

/// Waits as long as an answer takes. A timer would make a millisecond of no delay at all.
async fn wait(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}
