//! Sequential specification: the answers of an order to one call after the other.

use std::collections::BTreeMap;
use std::hash::Hash;

/// Object that answers one call at a time.
///
/// A call that is answered without an effect must not get the same answer with an effect later: the
/// search puts such a call first. An order complies, since its versions only grow. A set whose `add`
/// always gives the same answer would not.
pub trait Sequential: Clone + Eq + Hash {
    /// Type of a call.
    type Call;
    /// Type of an answer.
    type Answer: Eq;

    /// Returns the state after the call, and the answer.
    #[must_use]
    fn step(&self, call: &Self::Call) -> (Self, Self::Answer);
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
        /// The requested status.
        target: &'static str,
        /// `Idempotency-Key`
        key: String,
    },
}

/// Answer to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderAnswer {
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
    /// State of an order that was just placed.
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
    type Answer = OrderAnswer;

    fn step(&self, call: &OrderCall) -> (Self, OrderAnswer) {
        let OrderCall::Patch { expected, target, key } = call else {
            return (self.clone(), OrderAnswer::Order(self.version, self.status.to_owned()));
        };
        let refusal = match self.changes.get(key) {
            Some((version, status)) if status == target => OrderAnswer::Order(*version, (*status).to_owned()),
            Some(_) => OrderAnswer::KeyReused,
            None if *expected != self.version => OrderAnswer::VersionConflict(self.version),
            None if !self.can_become(target) => OrderAnswer::InvalidTransition(self.status.to_owned()),
            None => {
                let mut next =
                    Self { version: self.version + 1, status: target, changes: self.changes.clone() };
                next.changes.insert(key.clone(), (next.version, target));
                let answer = OrderAnswer::Order(next.version, (*target).to_owned());
                return (next, answer);
            }
        };
        (self.clone(), refusal)
    }
}
