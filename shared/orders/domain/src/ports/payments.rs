//! Payments of the orders.

use super::Part;
use crate::{OrderKey, OrderRecord, PaymentReference, ProviderName, ProviderRequest};
use kernel::{PortError, Tenant, Timestamp, Version};

/// Orders by the payments that facts have named.
pub trait PaidOrders {
    /// Returns the order of a tenant with a fact about a payment; `None` without one.
    fn order_with_payment(
        &self,
        tenant: &Tenant,
        provider: &ProviderName,
        payment: &PaymentReference,
    ) -> impl Future<Output = Result<Option<OrderKey>, PortError>> + Send;
}

/// Orders whose money has to go back.
pub trait RefundsDue {
    /// Returns the number of orders whose money has had to go back, or was set aside although they are cancelled, since a time.
    fn refunds_due(&self, since: Timestamp) -> impl Future<Output = Result<u64, PortError>> + Send;
}

/// Orders whose payments need something. One that can't be read does not fail the others.
pub trait PaymentTasks {
    /// Returns orders with tasks that were due at `now`.
    fn payment_tasks(
        &self,
        kind: PaymentTaskKind,
        now: Timestamp,
        part: Part,
    ) -> impl Future<Output = Result<Vec<Result<OrderRecord, PortError>>, PortError>> + Send;

    /// Notes when the payments of an order need something next, unless the order has changed since `version`.
    fn note_payment_tasks(
        &self,
        order: &OrderKey,
        version: Version,
        next: &NextPaymentTasks,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}

/// Kind of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentTaskKind {
    /// Requests to providers are not answered, money that is set aside is taken, or units come back into stock.
    Requests,
    /// Money has to go back, or authorizations have to be freed.
    Compensation,
}

/// Times at which the payments of an order need something next; `None` for never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextPaymentTasks {
    /// Time at which unanswered requests are sent again.
    pub requests_at: Option<Timestamp>,
    /// `true` when units of refunds still have to come back into stock.
    pub is_restock_due: bool,
    /// Time at which the compensation is looked at again.
    pub compensation_at: Option<Timestamp>,
}

/// Queue of requests to payment providers.
pub trait ProviderQueue {
    /// Sends a request of an order. Any number of times, a request has one effect.
    fn send(
        &self,
        order: &OrderKey,
        request: &ProviderRequest,
    ) -> impl Future<Output = Result<(), PortError>> + Send;
}
