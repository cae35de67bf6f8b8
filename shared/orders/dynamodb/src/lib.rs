//! Idempotency claims in DynamoDB.
//!
//! One conditional put claims the key or returns its existing claim. A second write or a lock is
//! unnecessary: the claim contains the order, so the next request can complete the work.
//!
//! An item is `{pk, fingerprint, order, created_at, expires_at}`. `pk` is `tenant#key`, or `tenant@length@customer#key`
//! for a key of a customer. `expires_at`, in whole seconds
//! since the Unix epoch and an hour after the end of the claim, is the TTL attribute of the table.

mod claims;
mod error;
mod settings;

pub use claims::DynamoDbClaims;
pub use settings::ClaimSettings;
