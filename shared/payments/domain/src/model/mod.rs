//! Values of payments.

mod account;
mod endpoint;
mod fact;
mod request;

pub use account::{Account, ApiKey, BaseUrl, InvalidApiKey, InvalidBaseUrl};
pub use endpoint::{Endpoint, EndpointId, WebhookSecrets};
pub use fact::{
    Fact, Notification, ObjectId, OrderReference, Outcome, Provider, Reason, RequestId, Statement, Subject,
    UnknownProvider,
};
pub use request::{Answer, Operation, PaymentToken, ProviderRequest};
