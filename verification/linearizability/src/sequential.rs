//! What an order answers when one call comes after the other.

use std::collections::BTreeMap;
use std::hash::Hash;

/// Something that answers calls, one at a time.
///
/// A call that is answered without an effect must not get the same answer with an effect later: the
/// search puts it first. An order keeps to that, since its versions only grow; a set whose `add`
/// always answers the same would not.
pub trait Sequential: Clone + Eq + Hash {
    /// A call.
    type Call;
    /// Its answer.
    type Answer: Eq;

    /// The state after the call, and the answer.
    #[must_use]
    fn step(&self, call: &Self::Call) -> (Self, Self::Answer);
}

/// An order, as its callers see it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderState {
    version: u64,
    status: &'static str,
    /// The changes that were made, by their idempotency keys.
    made: BTreeMap<String, (u64, &'static str)>,
}

/// A call about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderCall {
    /// `GET /orders/{id}`
    Get,
    /// `PATCH /orders/{id}`
    Patch {
        /// `If-Match`
        expected: u64,
        /// The status to go to.
        target: &'static str,
        /// `Idempotency-Key`
        key: String,
    },
}

/// What is answered.
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
    /// An order that was just placed.
    #[must_use]
    pub fn placed() -> Self {
        Self { version: 1, status: "CREATED", made: BTreeMap::new() }
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
        let refusal = match self.made.get(key) {
            Some((version, status)) if status == target => OrderAnswer::Order(*version, (*status).to_owned()),
            Some(_) => OrderAnswer::KeyReused,
            None if *expected != self.version => OrderAnswer::VersionConflict(self.version),
            None if !self.can_become(target) => OrderAnswer::InvalidTransition(self.status.to_owned()),
            None => {
                let mut next = Self { version: self.version + 1, status: target, made: self.made.clone() };
                next.made.insert(key.clone(), (next.version, target));
                let answer = OrderAnswer::Order(next.version, (*target).to_owned());
                return (next, answer);
            }
        };
        (self.clone(), refusal)
    }
}
