//! Idempotency claims in DynamoDB.
//!
//! One conditional put that claims the key or tells who did. There is no second write and no
//! lock: the claim carries the order, so whoever comes next can finish the work.
//!
//! An item is `{pk: tenant#key, fingerprint, order, created_at, expires_at}`; `expires_at`, in
//! whole seconds since the Unix epoch, is the table's TTL attribute.

mod claims;

pub use claims::DynamoDbClaims;
