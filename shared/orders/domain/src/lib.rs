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
    AcceptedKey, AcceptedOrder, AcceptedRequest, Address, AddressText, CancelReason, CapturePolicy,
    CatalogOrder, ChargeTerms, Compensation, Contact, Correction, CustomerId, Email, Event, EventAddress,
    EventId, EventKind, ExternalId, FactKind, Fingerprint, InvalidAcceptedRequest, InvalidCapturePolicy,
    InvalidLineKind, InvalidNewOrder, InvalidOrder, InvalidOrderId, InvalidOrderNumber, InvalidPaymentStatus,
    InvalidPaymentWindow, InvalidQuantity, InvalidRecord, InvalidSort, InvalidStatus, InvalidStoredStatus,
    ItemName, ItemProduct, LineItem, LineKind, LineLabel, LineReference, Member, MoneyLine, NewOrder,
    NumberBlock, Offer, Offers, Operation, Order, OrderId, OrderKey, OrderNumber, OrderParts, OrderQuery,
    OrderRecord, OrderRequest, Outbox, Owed, Page, Payment, PaymentAdditions, PaymentFact, PaymentReason,
    PaymentReference, PaymentRequestId, PaymentStatus, PaymentToken, PaymentWindow, Payments, PendingEvent,
    Personal, Phone, PlannedOperation, Position, PostalCode, PriceChange, ProductUnits, ProductsRefused,
    ProviderName, ProviderRequest, Quantity, RecordedFact, References, Refund, RefundCause, RefundId,
    RefundReason, RefundStatus, RefundedItem, RefusedItem, RejectReason, RequestKey, RequestStatus,
    RequestedItem, RequestedPrice, Shortage, Sku, Sort, Status, StepKind, StockHold, Transition,
    UnknownStatus, UnreadableOrder,
};
pub use model::{
    CountedOrder, CountedOrders, Decision, Hold, InvalidReviewDecision, InvalidThresholds, ReviewDecision,
    SCREENING_RULES, Screened, ScreeningCounters, ScreeningHour, ScreeningLimits, ScreeningReason,
    ScreeningThresholds, StoredHold, Verdict,
};
pub use use_cases::{
    AcceptOrder, AcceptedPlacement, AdvancedPayment, Change, ChangeOrderError, ChangeRefused, ChargeOrder,
    ChargeOrderError, ChargeRefused, Effect, FactRecorded, LeasedNumbers, OrderChange, OrderDecision,
    PaymentChange, PlaceOrder, PlaceOrderError, PlacedOrder, Placement, ProcessOrders, ProcessReport,
    Processed, RESEND_AFTER, RESERVATION_AGE, RESTOCK_PERIOD, RecordPaymentFact, RefundRefused,
    RequestRefund, RequestRefundError, RequestedCharge, RequestedRefund, ResendAccepted, ResendReport,
    SETTLEMENT_GRACE, Sweep, SweepReport, Tasks, accept_order, advance_payment, change_order, charge_order,
    expiry_of, find_accepted, place_order, record_payment_fact, request_refund,
};
