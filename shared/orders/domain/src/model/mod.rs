//! Values and records. A value that exists is valid.

mod event;
mod fingerprint;
mod identifiers;
mod line_item;
mod new_order;
mod order;
mod order_id;
mod order_query;
mod order_record;
mod quantity;
mod request_key;
mod status;

pub use event::{Event, EventAddress, EventId, EventKind};
pub use fingerprint::Fingerprint;
pub use identifiers::{CustomerId, Sku};
pub use line_item::LineItem;
pub use new_order::{InvalidNewOrder, NewOrder};
pub use order::{InvalidOrder, Order, OrderKey, OrderParts};
pub use order_id::{InvalidOrderId, OrderId};
pub use order_query::{InvalidPageSize, OrderQuery, Page, PageSize, UnreadableOrder};
pub use order_record::{InvalidRecord, OrderRecord, Outbox, PendingEvent, Transition};
pub use quantity::{InvalidQuantity, Quantity};
pub use request_key::RequestKey;
pub use status::{InvalidStatus, Status};
