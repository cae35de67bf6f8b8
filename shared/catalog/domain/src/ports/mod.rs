//! Ports: external services that the use cases and handlers need.
//!
//! Every method returns within a bounded time. After [`PortError::Unavailable`](kernel::PortError) the call may have been
//! carried out, since a response can be lost. Every method is therefore safe to repeat.

mod catalog_events;
mod listings;
mod products;
mod stock_adjustments;
mod stock_counts;

pub use catalog_events::CatalogEvents;
pub use listings::{MovementListing, ProductListing};
pub use products::{Changed, Created, ProductCreation, Products};
pub use stock_adjustments::{Adjusted, StockAdjustment, StockAdjustments};
pub use stock_counts::StockCounts;
