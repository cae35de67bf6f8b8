//! Ports: external services that webhooks, and requests to providers, need.
//!
//! Every method returns within a bounded time, and is safe to repeat.

use crate::{Account, Answer, Endpoint, EndpointId, Notification, Provider, ProviderRequest};
use kernel::{IdempotencyKey, PortError, Tenant, Timestamp, Traceparent};

/// Endpoints of the webhooks.
pub trait Endpoints {
    /// Returns an endpoint, possibly as it was some minutes ago; `None` when no tenant has it.
    fn find(&self, id: &EndpointId) -> impl Future<Output = Result<Option<Endpoint>, PortError>> + Send;

    /// Reads an endpoint again, since its secrets may have been rotated; `None` when no tenant has it, and when it was read
    /// within the last minute.
    fn renewed(&self, id: &EndpointId) -> impl Future<Output = Result<Option<Endpoint>, PortError>> + Send;
}

/// Accounts of tenants at providers.
pub trait Accounts {
    /// Returns an account, possibly as it was some minutes ago; `None` when the tenant has none.
    fn find(
        &self,
        tenant: &Tenant,
        provider: Provider,
    ) -> impl Future<Output = Result<Option<Account>, PortError>> + Send;

    /// Reads an account again, since its key may have been replaced; `None` when the tenant has none, and when it was read
    /// within the last minute.
    fn renewed(
        &self,
        tenant: &Tenant,
        provider: Provider,
    ) -> impl Future<Output = Result<Option<Account>, PortError>> + Send;

    /// Returns the name under which operators find the account.
    fn name(&self, tenant: &Tenant, provider: Provider) -> String;
}

/// HTTP APIs of the providers.
pub trait ProviderApi {
    /// Carries out a request. The provider recognises a repetition by its id.
    fn carry_out(
        &self,
        request: &ProviderRequest,
        now: Timestamp,
    ) -> impl Future<Output = Result<Answer, CallError>> + Send;
}

/// Error of [`ProviderApi::carry_out`]: the request may have had its effect, and has to be repeated.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The tenant has no account at the provider.
    #[error("no account: create it with make payment-account, as {account}")]
    NoAccount {
        /// Name of the account.
        account: String,
    },
    /// The provider does not accept the key of the account.
    #[error("the provider rejects the key with status {status}: correct the account {account}")]
    KeyRejected {
        /// Name of the account.
        account: String,
        /// Status of the response.
        status: u16,
    },
    /// The provider, or another dependency, is not available or responds unreadably.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Requests to providers, on their way to them.
pub trait RequestQueue {
    /// Sends a request.
    fn send(&self, request: &ProviderRequest) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Answers of providers, on their way to the orders.
pub trait AnswerQueue {
    /// Sends an answer.
    fn send(
        &self,
        tenant: &Tenant,
        provider: Provider,
        answer: &Notification,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Orders, as payments need them.
pub trait OrderPayments {
    /// Order with work for after the response.
    type Written: Send + 'static;

    /// Adds a fact to the order that it is about. The order decides what follows from it.
    fn record(
        &self,
        reported: &Reported<'_>,
    ) -> impl Future<Output = Result<Recorded<Self::Written>, PortError>> + Send;

    /// Publishes the events of an order.
    fn publish(&self, written: Self::Written, now: Timestamp) -> impl Future<Output = ()> + Send;
}

/// Notifications without an order, for people to look at.
pub trait UnmatchedNotifications {
    /// Keeps a notification.
    fn keep(
        &self,
        tenant: &Tenant,
        provider: Provider,
        notification: &Notification,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Notification that a provider has sent to an endpoint of a tenant.
#[derive(Clone, Copy, Debug)]
pub struct Reported<'a> {
    /// Owner of the endpoint.
    pub tenant: &'a Tenant,
    /// Provider.
    pub provider: Provider,
    /// Notification.
    pub notification: &'a Notification,
    /// Unique key of this request.
    pub request: &'a IdempotencyKey,
    /// Time of its arrival.
    pub at: Timestamp,
    /// Trace context of the request.
    pub traceparent: Option<&'a Traceparent>,
}

/// Effect of a fact on its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactEffect {
    /// The order has had the fact before.
    Known,
    /// The fact is new.
    New,
    /// The fact is new, and the amount or the currency is not what the order owes.
    Mismatched,
}

/// Outcome of [`OrderPayments::record`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded<W> {
    /// The fact is part of the order now, or was before.
    Recorded {
        /// Order, whose events may have to be published.
        written: W,
        /// Effect on the order.
        effect: FactEffect,
    },
    /// The tenant has no such order; it can still be about to be stored.
    UnknownOrder,
    /// The notification names an order that can't be: its id is none.
    NoOrder,
    /// A refund or a dispute names no order, and no order has its payment; the payment can still be about to be recorded.
    UnknownPayment,
    /// The notification names no order, and no order has its payment: it is about money of others.
    NotOurs,
}
