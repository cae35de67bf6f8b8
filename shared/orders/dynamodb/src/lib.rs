//! Idempotency claims in DynamoDB, and the stock that orders take with them.
//!
//! One conditional put claims the key or returns its existing claim. A second write or a lock is
//! unnecessary: the claim contains the order, so the next request can complete the work.
//!
//! For an order with products of the catalog, the put is part of a transaction that also takes their stock: the only place
//! where an adapter knows that of another context, which gives it the items of its table. Orders that were
//! accepted before take their stock apart from their claims, many in one transaction.
//!
//! Counters of customers, for the screening for fraud, are in a table of their own.
//!
//! An item of the claims is `{pk, fingerprint, order, created_at, expires_at}`, with `order_id` in that transaction. `pk` is `tenant#key`, or `tenant@length@customer#key`
//! for a key of a customer. `expires_at`, in whole seconds
//! since the Unix epoch and an hour after the end of the claim, is the TTL attribute of the table.

mod acceptances;
mod batch_read;
mod claims;
mod counted_orders_item;
mod offers;
mod remembered;
mod screening;
mod screening_settings;
mod settings;
mod settlements;
mod statuses;
mod stock;
mod stock_batches;

pub use claims::DynamoDbClaims;
pub use screening::DynamoDbScreening;
pub use screening_settings::ScreeningSettings;
pub use settings::{ClaimSettings, StockSettings};
pub use settlements::DynamoDbSettlements;
pub use statuses::DynamoDbStatuses;
pub use stock::DynamoDbStock;
