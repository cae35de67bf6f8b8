//! Values and records. A value that exists is valid.

mod accepted_order;
mod canonical;
mod capture_policy;
mod correction;
mod counted_orders;
mod event;
mod fingerprint;
mod hold;
mod identifiers;
mod line_item;
mod money_line;
mod new_order;
mod offer;
mod order;
mod order_id;
mod order_number;
mod order_query;
mod order_record;
mod order_request;
mod payment;
mod payment_fact;
mod payment_status;
mod personal;
mod provider_request;
mod quantity;
mod references;
mod refund;
mod reject_reason;
mod request_key;
mod screening;
mod screening_thresholds;
mod status;
mod stock_hold;

pub use accepted_order::{AcceptedKey, AcceptedOrder, AcceptedRequest, ChargeTerms, InvalidAcceptedRequest};
pub use capture_policy::{CapturePolicy, InvalidCapturePolicy};
pub use correction::{Correction, Member};
pub use counted_orders::{CountedOrder, CountedOrders, Screened, ScreeningHour};
pub use event::{Event, EventAddress, EventId, EventKind};
pub use fingerprint::Fingerprint;
pub use hold::{Hold, InvalidReviewDecision, ReviewDecision, StoredHold};
pub use identifiers::{CustomerId, Sku};
pub use line_item::{ItemName, ItemProduct, LineItem};
pub use money_line::{InvalidLineKind, LineKind, LineLabel, LineReference, MoneyLine};
pub use new_order::{InvalidNewOrder, NewOrder};
pub use offer::{Offer, Offers, PriceChange, ProductsRefused, RefusedItem, Shortage};
pub use order::{InvalidOrder, Order, OrderKey, OrderParts};
pub use order_id::{InvalidOrderId, OrderId};
pub use order_number::{InvalidOrderNumber, NumberBlock, OrderNumber};
pub use order_query::{InvalidSort, OrderQuery, Page, Position, Sort, UnreadableOrder};
pub use order_record::{InvalidRecord, OrderRecord, Outbox, PendingEvent, StepKind, Transition};
pub use order_request::{
    CatalogOrder, InvalidPaymentWindow, OrderRequest, PaymentWindow, RequestedItem, RequestedPrice,
};
pub use payment::{Compensation, Owed, Payment, PaymentAdditions, Payments, PlannedOperation, RequestStatus};
pub use payment_fact::{
    FactKind, PaymentFact, PaymentReason, PaymentReference, PaymentRequestId, ProviderName, RecordedFact,
};
pub use payment_status::{InvalidPaymentStatus, PaymentStatus};
pub use personal::{Address, AddressText, Contact, Email, Personal, Phone, PostalCode};
pub use provider_request::{Operation, PaymentToken, ProviderRequest};
pub use quantity::{InvalidQuantity, Quantity};
pub use references::{ExternalId, References};
pub use refund::{Refund, RefundCause, RefundId, RefundReason, RefundStatus, RefundedItem};
pub use reject_reason::RejectReason;
pub use request_key::RequestKey;
pub use screening::{Decision, SCREENING_RULES, ScreeningCounters, ScreeningReason, Verdict};
pub use screening_thresholds::{InvalidThresholds, ScreeningLimits, ScreeningThresholds};
pub use status::{InvalidStatus, InvalidStoredStatus, Status, UnknownStatus};
pub use stock_hold::{CancelReason, ProductUnits, StockHold};
