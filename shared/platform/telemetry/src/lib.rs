//! What the system tells its operators: one JSON line per request and metrics in CloudWatch's
//! embedded metric format (EMF), both on standard output, the same for every function.
//!
//! Deliberately absent: bodies and secrets. No function here takes one.

pub mod metrics;

mod log;

pub use log::{
    ErrorChain, RelayLine, RequestLine, announced, audited, dependency_failed, init, not_warmed, or_exit,
};
