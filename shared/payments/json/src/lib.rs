//! JSON forms of the messages between the orders and the providers.
//!
//! Readers ignore unknown members. A new meaning of a known one needs another version.

mod fact;
mod members;
mod request;

pub use fact::{FactMessage, fact_text};
pub use members::{InvalidMessage, MAX_BYTES, VERSION};
pub use request::{read_request, request_text};
