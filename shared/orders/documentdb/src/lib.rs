//! Orders in DocumentDB.
//!
//! One document per order with its history and its outbox, so that a state change and its event are one
//! write. The crate uses only features of DocumentDB 5.0: no update pipelines, no retryable writes, no
//! partial indexes, no collation. A test records every command and checks this.

mod change;
mod collection;
mod document;
mod held_orders;
mod hold_document;
mod indexes;
mod listing;
mod numbers;
mod orders;
mod outbox;
mod payment_document;
mod payments;
mod provider_request_document;
mod refund_document;
mod relay_queue;
mod settings;
mod step_document;
mod stock_holders;

pub use collection::OrderCollection;
pub use settings::{WrittenForms, capture_policy};
