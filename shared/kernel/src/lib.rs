//! Values that every context knows.
//!
//! A value that exists is valid: each type has private fields and one validating constructor.
//!
//! Deliberately absent: a clock and a source of randomness (callers pass a [`Timestamp`] and
//! entropy), JSON and BSON forms, and anything that only one context needs.

mod country;
mod currency;
mod idempotency_key;
mod metadata;
mod minor_units;
mod money;
mod page_size;
mod patch;
mod port;
mod tenant;
mod text;
mod timestamp;
mod traceparent;
mod version;

pub use country::{Country, InvalidCountry};
pub use currency::{Currency, InvalidCurrency, InvalidStoredCurrency};
pub use idempotency_key::{IdempotencyKey, InvalidIdempotencyKey};
pub use metadata::{InvalidEntryCount, Metadata, MetadataName, MetadataValue};
pub use minor_units::{InvalidMoney, Money};
pub use money::{Amount, InvalidPrice, InvalidSignedAmount, Price, SignedAmount, TooManyDecimals};
pub use page_size::{InvalidPageSize, PageSize};
pub use patch::Patch;
pub use port::{BoxError, ErrorChain, PortError, Probe};
pub use tenant::{InvalidTenant, Tenant};
pub use text::{InvalidText, is_format_character, validate_new_text, validate_stored_text};
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use traceparent::{InvalidTraceparent, Traceparent};
pub use version::{InvalidVersion, Version};

/// Name of the service. Part of every problem type, application name of store clients, and default name of
/// the database and the metrics namespace.
pub const SERVICE_NAME: &str = "orders";
