//! Orders: model, use cases, and ports.
//!
//! [`place_order`] and [`change_order`] are generic over the [`ports`], so this crate needs no I/O.
//! Adapters implement the ports, the handlers of `orders-api` call the use cases.
//!
//! Deliberately absent: a clock and a source of randomness (callers pass timestamps and identities),
//! JSON and BSON forms (`orders-json`, `orders-documentdb`), HTTP, and every SDK.

mod model;
pub mod ports;
mod use_cases;

pub use model::{
    Address, AddressText, CancelReason, CatalogOrder, Compensation, Contact, Correction, CustomerId, Email,
    Event, EventAddress, EventId, EventKind, ExternalId, FactKind, Fingerprint, InvalidLineKind,
    InvalidNewOrder, InvalidOrder, InvalidOrderId, InvalidOrderNumber, InvalidPaymentStatus,
    InvalidPaymentWindow, InvalidQuantity, InvalidRecord, InvalidSort, InvalidStatus, InvalidStoredStatus,
    ItemName, ItemProduct, LineItem, LineKind, LineLabel, LineReference, Member, MoneyLine, NewOrder,
    NumberBlock, Offer, Offers, Order, OrderId, OrderKey, OrderNumber, OrderParts, OrderQuery, OrderRecord,
    OrderRequest, Outbox, Owed, Page, Payment, PaymentFact, PaymentReason, PaymentReference,
    PaymentRequestId, PaymentStatus, PaymentWindow, Payments, PendingEvent, Personal, Phone, Position,
    PostalCode, PriceChange, ProductUnits, ProductsRefused, ProviderName, Quantity, RecordedFact, References,
    RefusedItem, RequestKey, RequestedItem, RequestedPrice, Shortage, Sku, Sort, Status, StepKind, StockHold,
    Transition, UnknownStatus, UnreadableOrder,
};
pub use use_cases::{
    Change, ChangeOrderError, ChangeRefused, Effect, FactRecorded, LeasedNumbers, OrderChange, PaymentChange,
    PlaceOrder, PlaceOrderError, PlacedOrder, RESERVATION_AGE, SETTLEMENT_GRACE, Sweep, SweepReport,
    change_order, place_order, record_payment_fact,
};
