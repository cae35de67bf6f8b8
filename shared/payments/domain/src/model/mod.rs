//! Values of payments.

mod endpoint;
mod fact;

pub use endpoint::{Endpoint, EndpointId, WebhookSecrets};
pub use fact::{
    Fact, Notification, ObjectId, OrderReference, Outcome, Provider, Reason, RequestId, Statement, Subject,
    UnknownProvider,
};
