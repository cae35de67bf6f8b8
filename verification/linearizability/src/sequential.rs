//! Sequential specification: the responses of an order to sequential calls.

use std::collections::BTreeMap;
use std::hash::Hash;

/// Object that executes one call at a time.
///
/// A call without an effect must not have an effect with the same response in a later state: the search puts
/// such a call first. An order complies, since its versions only grow. A set whose `add` always returns the
/// same response would not.
pub trait Sequential: Clone + Eq + Hash {
    /// Type of a call.
    type Call;
    /// Type of a response.
    type Response: Eq;

    /// Returns the state after the call, and the response.
    #[must_use]
    fn step(&self, call: &Self::Call) -> (Self, Self::Response);
}

/// State of an order, as its callers see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderState {
    version: u64,
    status: &'static str,
    /// Version and status after each change, by its idempotency key.
    changes: BTreeMap<String, (u64, &'static str)>,
}

/// Call for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderCall {
    /// `GET /orders/{id}`
    Get,
    /// `PATCH /orders/{id}`
    Patch {
        /// `If-Match`
        expected: u64,
        /// Requested status.
        target: &'static str,
        /// `Idempotency-Key`
        key: String,
    },
}

/// Response to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderResponse {
    /// 200, with version and status.
    Order(u64, String),
    /// 409 `version-conflict`, with the current version.
    VersionConflict(u64),
    /// 422 `invalid-transition`, with the current status.
    InvalidTransition(String),
    /// 409 `idempotency-key-reused`
    KeyReused,
}

impl OrderState {
    /// Returns the state of a new order.
    #[must_use]
    pub fn placed() -> Self {
        Self { version: 1, status: "CREATED", changes: BTreeMap::new() }
    }

    fn can_become(&self, target: &str) -> bool {
        matches!(
            (self.status, target),
            ("CREATED", "PAID" | "CANCELLED") | ("PAID", "FULFILLED" | "CANCELLED")
        )
    }
}

impl Sequential for OrderState {
    type Call = OrderCall;
    type Response = OrderResponse;

    fn step(&self, call: &OrderCall) -> (Self, OrderResponse) {
        let OrderCall::Patch { expected, target, key } = call else {
            return (self.clone(), OrderResponse::Order(self.version, self.status.to_owned()));
        };
        let refusal = match self.changes.get(key) {
            Some((version, status)) if status == target => {
                OrderResponse::Order(*version, (*status).to_owned())
            }
            Some(_) => OrderResponse::KeyReused,
            None if *expected != self.version => OrderResponse::VersionConflict(self.version),
            None if !self.can_become(target) => OrderResponse::InvalidTransition(self.status.to_owned()),
            None => {
                let mut next =
                    Self { version: self.version + 1, status: target, changes: self.changes.clone() };
                next.changes.insert(key.clone(), (next.version, target));
                let response = OrderResponse::Order(next.version, (*target).to_owned());
                return (next, response);
            }
        };
        (self.clone(), refusal)
    }
}
