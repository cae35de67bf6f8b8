//! Idempotency claims in DynamoDB, and the table of the audit subscriber.
//!
//! A claim is one conditional put that takes the key or tells who did. There is no second write
//! and no lock: the claim carries the order, so whoever comes next can finish the work.
//!
//! An item is `{pk: tenant#key, fingerprint, order, created_at, expires_at}`; `expires_at`, in
//! whole seconds since the Unix epoch and an hour after the claim's end, is the table's TTL
//! attribute.

mod audit_trail;
mod claims;
mod error;

pub use audit_trail::{AuditTrail, Kept};
pub use claims::DynamoDbClaims;
