//! In-memory ports, for tests without servers. The contract suites in `tests/contracts` check that they
//! behave like the adapters.

mod catalog;
mod claims;
mod events;
mod outbox;
mod sample;
mod screening;
mod stock;
mod stock_batches;
mod store;

pub use catalog::InMemoryCatalog;
pub use claims::InMemoryClaims;
pub use events::{InMemoryBus, InMemoryDeadLetters};
pub use sample::sample_request;
pub use screening::InMemoryScreening;
pub use stock::InMemoryStock;
pub use store::InMemoryOrders;
