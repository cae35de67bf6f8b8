//! Ports: external services that the use cases and handlers need.
//!
//! Every method returns within a bounded time: adapters put a deadline on each call. After
//! [`PortError::Unavailable`](kernel::PortError) the call may have been carried out, since a response
//! can be lost. Every method is therefore safe to repeat.

mod accepted_orders;
mod claims;
mod event_publisher;
mod held_orders;
mod listing;
mod order_numbers;
mod order_statuses;
mod orders;
mod payments;
mod screening;
mod stock;
mod stock_batches;

pub use accepted_orders::{
    Acceptance, Acceptances, AcceptedClaim, AcceptedOrders, NewAcceptance, OpenAcceptance, OpenAcceptances,
    ProcessingBacklog, ProcessingProgress, ProcessingQueue, Progress,
};
pub use claims::{Claim, ClaimedKey, Claims, NewClaim};
pub use event_publisher::{EventPublisher, PublishOutcome};
pub use held_orders::HeldOrders;
pub use listing::Listing;
pub use order_numbers::OrderNumbers;
pub use order_statuses::{OrderStatuses, TrackedStatus};
pub use orders::{Existing, Inserted, Orders, Part, StockHolders};
pub use payments::{NextPaymentTasks, PaidOrders, PaymentTaskKind, PaymentTasks, ProviderQueue, RefundsDue};
pub use screening::Screening;
pub use stock::{
    Holder, LookUp, OpenReservation, OpenReservations, RefusedProduct, StockClaim, StockClaims, StockEffect,
    StockSettlement, StockSettlements,
};
pub use stock_batches::{Freshness, StockBatches, StockTaken};
