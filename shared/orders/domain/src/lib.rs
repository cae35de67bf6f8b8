//! What an order is and may become.
//!
//! Values are valid from the moment they exist: each type has private fields and one
//! validating constructor. Use cases ([`place_order`], [`change_status`], [`announce`], [`Relay`], [`redrive`]) are
//! generic over the ports in [`ports`], so that this crate needs no I/O.
//!
//! Deliberately absent: a clock and a source of randomness (callers pass a [`Timestamp`] and
//! entropy), JSON and BSON forms (`orders-json`, `orders-documentdb`), HTTP, and every SDK.

mod announce;
mod change_status;
mod currency;
mod event;
mod fingerprint;
mod idempotency_key;
mod line_item;
mod money;
mod new_order;
mod order;
mod order_id;
mod order_query;
mod order_record;
mod place_order;
pub mod ports;
mod quantity;
mod redrive;
mod relay;
mod status;
mod tenant;
mod text;
mod timestamp;
mod traceparent;
mod version;

pub use announce::{AnnounceError, Announced, announce};
pub use change_status::{Change, ChangeStatusError, StatusChange, change_status};
pub use currency::{Currency, InvalidCurrency};
pub use event::{Event, EventId, EventKind};
pub use fingerprint::Fingerprint;
pub use idempotency_key::{IdempotencyKey, InvalidIdempotencyKey};
pub use line_item::LineItem;
pub use money::{Amount, InvalidPrice, Price, TooManyDecimals};
pub use new_order::{InvalidNewOrder, NewOrder};
pub use order::{InvalidOrder, Order, OrderParts};
pub use order_id::{InvalidOrderId, OrderId};
pub use order_query::{InvalidPageSize, OrderQuery, Page, PageSize};
pub use order_record::{InvalidRecord, OrderRecord, Outbox, PendingEvent, Transition};
pub use place_order::{PlaceOrderError, PlacedOrder, place_order};
pub use quantity::{InvalidQuantity, Quantity};
pub use redrive::{BuriedEvent, Redriven, redrive};
pub use relay::{BatchEnd, DeadLetter, Lease, PutOff, Relay, Relayed};
pub use status::{InvalidStatus, Status};
pub use tenant::{InvalidTenant, Tenant};
pub use text::{CustomerId, InvalidText, Sku};
pub use timestamp::{InvalidTimestamp, Timestamp};
pub use traceparent::{InvalidTraceparent, Traceparent};
pub use version::{InvalidVersion, Version};
