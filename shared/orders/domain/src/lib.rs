//! Orders: model, use cases, and ports.
//!
//! [`place_order`] and [`change_status`] are generic over the [`ports`], so this crate needs no I/O.
//! Adapters implement the ports, the handlers of `orders-api` call the use cases.
//!
//! Deliberately absent: a clock and a source of randomness (callers pass timestamps and identities),
//! JSON and BSON forms (`orders-json`, `orders-documentdb`), HTTP, and every SDK.

mod model;
pub mod ports;
mod use_cases;

pub use model::{
    CustomerId, Event, EventAddress, EventId, EventKind, Fingerprint, InvalidNewOrder, InvalidOrder,
    InvalidOrderId, InvalidPageSize, InvalidQuantity, InvalidRecord, InvalidStatus, LineItem, NewOrder,
    Order, OrderId, OrderKey, OrderParts, OrderQuery, OrderRecord, Outbox, Page, PageSize, PendingEvent,
    Quantity, RequestKey, Sku, Status, Transition, UnreadableOrder,
};
pub use use_cases::{
    Change, ChangeRefused, ChangeStatusError, PlaceOrder, PlaceOrderError, PlacedOrder, StatusChange,
    change_status, place_order,
};
