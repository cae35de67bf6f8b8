//! Rate limits in DynamoDB.
//!
//! The generic cell rate algorithm (ITU-T I.371, annex A) needs one number per bucket: the theoretical arrival time of
//! its next request. One conditional update reads and changes it. A condition of DynamoDB has no arithmetic, so that an
//! update is one of two kinds: for a bucket that is idle, or busy. The first update is of the likelier kind; the other
//! one follows only after a wrong guess.
//!
//! An item is `{pk: bucket, tat: microseconds since the Unix epoch, expires_at}`. `expires_at`, in whole seconds, is the
//! TTL attribute of the table.
//!
//! Deliberately absent: a refusal while the table is down. Requests pass then, and `rate_limit_unavailable_total` counts
//! them.

mod gcra;
mod limiter;
mod settings;
mod table;

pub use limiter::DynamoDbRateLimiter;
pub use settings::{ConfiguredLimits, RateLimitSettings};
