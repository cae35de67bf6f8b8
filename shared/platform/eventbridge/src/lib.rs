//! Events on an EventBridge bus, in the form of CloudEvents 1.0.
//!
//! `PutEvents` returns 200 even when it rejects some of its entries, so the adapter reads every entry of the response.
//!
//! Deliberately absent: retries beyond those of the SDK. A context keeps its events until the bus has accepted them.

mod bus;
mod cloud_event;

pub use bus::Bus;
pub use cloud_event::{CloudEvent, EventAttributes};
pub use platform_outbox::Delivery;
