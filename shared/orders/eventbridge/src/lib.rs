//! Events on EventBridge.
//!
//! `PutEvents` answers 200 even when it refuses some of its entries, so every entry of the
//! answer is read. Deliberately absent: retries beyond the SDK's own. What is not accepted
//! stays in the order's outbox.

mod publisher;

pub use publisher::EventBridgePublisher;
