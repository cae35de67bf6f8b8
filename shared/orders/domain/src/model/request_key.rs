//! Identity of the request behind a change.

use kernel::IdempotencyKey;

/// Key that identifies a request in the history of an order. The two kinds never match each other: a caller can't
/// name a request of its own with a generated key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestKey {
    /// Idempotency key of the caller, which is the same in each of its retries.
    Caller(IdempotencyKey),
    /// Generated for a request without a key, to recognise our own retries of its write.
    Generated(IdempotencyKey),
}
