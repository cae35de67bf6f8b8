//! Payments: what providers say about money, and what they are asked to do.
//!
//! The state of a payment lives in its order. This context knows providers, their endpoints and their words; it hands each
//! fact to the orders through a port.

mod answer_request;
mod model;
pub mod ports;
mod receive_notification;

pub use answer_request::{Answered, answer_request};
pub use model::{
    Account, Answer, ApiKey, BaseUrl, Endpoint, EndpointId, Fact, InvalidApiKey, InvalidBaseUrl,
    Notification, ObjectId, Operation, OrderReference, Outcome, PaymentToken, Provider, ProviderRequest,
    Reason, RequestId, Statement, Subject, UnknownProvider, WebhookSecrets,
};
pub use receive_notification::{Received, UNMATCHED_AGE, receive_notification};
