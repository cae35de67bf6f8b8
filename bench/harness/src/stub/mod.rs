//! Stubs of the stores. They contain one order, and respond after a fixed delay. The latency of a request
//! thus shows the number of round trips that it waits for.
//!
//! Each connection has its own task, and each request its own timer: requests on different connections don't
//! wait for each other. The timer's resolution is about a millisecond, for every client alike. Opening a
//! connection is not delayed, the handshake on it is.

mod accepted;
mod aws;
mod delay;
mod mongo;
mod order;
mod stock;

pub(crate) use accepted::{Accepted, STATUS_TABLE};
pub(crate) use aws::{Contents, serve as aws};
pub(crate) use mongo::{Outboxes, serve as mongo};
pub(crate) use order::{CANNED_ORDER_ID, canned_order, order_id};
pub(crate) use stock::Stock;
