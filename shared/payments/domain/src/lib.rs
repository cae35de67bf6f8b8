//! Payments: what providers say about money.
//!
//! The state of a payment lives in its order. This context knows providers, their endpoints and their words; it hands each
//! fact to the orders through a port.

mod model;
pub mod ports;
mod receive_notification;

pub use model::{
    Endpoint, EndpointId, Fact, Notification, ObjectId, OrderReference, Outcome, Provider, Reason, RequestId,
    Statement, Subject, UnknownProvider, WebhookSecrets,
};
pub use receive_notification::{Received, UNMATCHED_AGE, receive_notification};
