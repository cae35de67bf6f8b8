//! Idempotency claims in DynamoDB.
//!
//! A claim is one conditional put that takes the key or returns the claim that holds it. There is no
//! second write and no lock: the claim carries the order, so that the next request can complete the work.
//!
//! An item is `{pk: tenant#key, fingerprint, order, created_at, expires_at}`. `expires_at`, in whole seconds
//! since the Unix epoch and an hour after the end of the claim, is the TTL attribute of the table.

mod claims;
mod error;
mod settings;

pub use claims::DynamoDbClaims;
pub use settings::ClaimSettings;
