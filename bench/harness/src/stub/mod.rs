//! Stubs of the stores. They know one order, and respond after a fixed delay, so that the latency of
//! a request shows the number of round trips that it waits for.
//!
//! Every connection is served by itself, and every request waits for its own timer: requests on
//! different connections don't wait for each other. The timer's resolution is about a millisecond,
//! for every client alike. Opening a connection is not delayed, the handshake on it is.

mod aws;
mod delay;
mod mongo;
mod order;

pub(crate) use aws::serve as aws;
pub(crate) use mongo::{Outboxes, serve as mongo};
pub(crate) use order::{CANNED_ORDER_ID, canned_order, order_id};
