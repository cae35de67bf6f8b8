//! The ports in memory, for tests without servers. The contract suites in `tests/ports` hold them to
//! the same behaviour as the adapters.

mod claims;
mod events;
mod sample;
mod store;

pub use claims::InMemoryClaims;
pub use events::{InMemoryBus, InMemoryDeadLetters};
pub use sample::sample_request;
pub use store::InMemoryOrders;
