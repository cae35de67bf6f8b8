//! Observations: the requests and responses of the clients.

use crate::request::Request;
use kernel::Version;
use orders_domain::ports::TrackedStatus;
use orders_domain::{
    Change, ChangeRefused, ChargeOrder, Order, OrderChange, OrderId, PaymentFact, ProviderRequest, Refund,
    RejectReason, RequestRefund, Status,
};

/// Request or response, as its client saw it.
#[derive(Clone, Debug)]
pub(crate) enum Observation {
    /// A client began to send a request.
    Requested { request: Request },
    /// The response to a request was an order.
    Placed { request: Request, order: Order },
    /// The order of a request is processed later.
    Accepted { request: Request, order: OrderId, response: String },
    /// The order of a request was accepted before, and is rejected.
    Rejected { request: Request, reason: RejectReason },
    /// A request was refused since its key was used for another one.
    KeyReused { request: Request },
    /// A request was refused for its products. `is_accepted` if a response to the same client has accepted it before.
    ProductsRefused { is_accepted: bool },
    /// The status of an accepted order was read. When the read began, a client already knew version `known`.
    StatusRead { order: OrderId, known: Option<Version>, status: Option<TrackedStatus> },
    /// A change was applied or refused.
    Changed { change: Box<OrderChange>, response: Box<Result<Change, ChangeRefused>> },
    /// A fact about the payment of an order was accepted.
    Told { order: OrderId, fact: Box<PaymentFact> },
    /// A client began to ask for a refund.
    RefundAsked { command: Box<RequestRefund> },
    /// The response to a request for a refund was a refund.
    Refunded { command: Box<RequestRefund>, refund: Box<Refund> },
    /// A request for a refund was refused since its key was used for another one.
    RefundKeyReused { command: Box<RequestRefund> },
    /// The response to a request for a charge was a charge.
    Charged { command: Box<ChargeOrder>, request: Box<ProviderRequest> },
    /// An order was read. When the read began, a client had already seen version `known`.
    Read { id: OrderId, known: Version, version: Version },
}

impl Observation {
    /// Returns the version of an order that the client has seen.
    pub(crate) fn version_of(&self, id: OrderId) -> Option<Version> {
        match self {
            Self::Changed { response, .. } => match response.as_ref() {
                Ok(Change::Applied(record)) if record.order().id() == id => Some(record.order().version()),
                _ => None,
            },
            Self::Read { id: read, version, .. } if *read == id => Some(*version),
            _ => None,
        }
    }

    /// Returns the version of an order from which on its status must be known: the client has read it, or has the order.
    pub(crate) fn status_version_of(&self, id: OrderId) -> Option<Version> {
        match self {
            Self::Placed { order, .. } if order.id() == id => Some(Version::FIRST),
            Self::StatusRead { order, status, .. } if *order == id => Some(status.as_ref()?.version),
            _ => None,
        }
    }

    /// Returns the order that was placed.
    pub(crate) fn placed_order(&self) -> Option<OrderId> {
        match self {
            Self::Placed { order, .. } => Some(order.id()),
            Self::StatusRead { order, status: Some(status), .. } if status.status != Status::Rejected => {
                Some(*order)
            }
            _ => None,
        }
    }
}
