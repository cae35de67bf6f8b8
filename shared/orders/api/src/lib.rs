//! Routes of the orders.
//!
//! Each file in `routes/` has everything about one route: path, method, handler, request, problems, and the
//! description for the OpenAPI document. The handlers are generic over the ports of `orders-domain`; the
//! binaries pass the adapters, tests pass stores in memory.

mod body;
mod examples;
mod later;
mod listing;
mod payment_schemas;
pub mod permissions;
mod problems;
mod responses;
pub mod routes;
mod schemas;
mod telemetry;

pub use body::{
    AcceptedForms, NewRefund, PROVIDERS, ParsedOrder, parse_charge, parse_new_order, parse_order_change,
    parse_refund, parse_review,
};
pub use later::ProcessingLater;
pub use listing::{next_page, order_query, seal_cursor};
pub use problems::{
    CURRENCY_MISMATCH, EXTERNAL_ID_TAKEN, INACTIVE_PRODUCT, INSUFFICIENT_STOCK, INVALID_TRANSITION,
    ORDER_CLOSED, ORDER_NOT_FOUND, ORDER_NOT_ON_HOLD, ORDER_ON_HOLD, ORDER_REJECTED, PAYMENT_NOT_POSSIBLE,
    PRICE_CHANGED, PROBLEM_TYPES, REFUND_EXCEEDS_CAPTURED, REFUND_EXCEEDS_ORDER, RESTOCK_TOO_LATE,
    STATUS_URL_EXPIRED, STOCK_CONTENTION, TOO_MANY_CORRECTIONS, TOO_MANY_REFUNDS, UNKNOWN_PRODUCT,
    VERSION_CONFLICT,
};
pub use routes::{ChangeOrder, CreateOrder, GetOrder, ListOrders, OrderPayments, OrderStatus, ROUTES};
pub use schemas::components;
