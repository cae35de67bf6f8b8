//! Claims.

use crate::acceptances::Accepted;
use kernel::{PortError, Tenant, Timestamp};
use orders_domain::ports::{Claim, ClaimedKey, Claims, Holder, NewClaim, Progress};
use orders_domain::{CustomerId, Fingerprint, Order, OrderId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Claims in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct InMemoryClaims {
    pub(crate) claims: Arc<Mutex<HashMap<Key, Held>>>,
    pub(crate) progress: Arc<Mutex<Option<Progress>>>,
}

/// Tenant, customer of a key that belongs to one, and key.
pub(crate) type Key = (Tenant, Option<CustomerId>, String);

#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) content: Content,
    /// `None` for the claim of an accepted order that is not decided.
    pub(crate) expires_at: Option<Timestamp>,
}

/// Content of a claim.
#[derive(Debug)]
pub(crate) enum Content {
    /// Order that is placed at once.
    Order(Order),
    /// Order that is processed later.
    Accepted(Box<Accepted>),
}

impl InMemoryClaims {
    /// Claims a key; returns the request that has a valid claim on it otherwise.
    pub(crate) fn take(&self, claim: &NewClaim<'_>) -> Option<Holder> {
        let holder = self.holder_of(&claim.key);
        if holder.is_none() {
            let held = Held {
                fingerprint: claim.key.fingerprint,
                content: Content::Order(claim.order.clone()),
                expires_at: Some(claim.expires_at),
            };
            self.claims.lock().expect("no panic").insert(key_of(&claim.key), held);
        }
        holder
    }

    /// Returns the request that has a valid claim on a key.
    pub(crate) fn holder_of(&self, key: &ClaimedKey<'_>) -> Option<Holder> {
        let claims = self.claims.lock().expect("no panic");
        let held = claims.get(&key_of(key))?;
        let is_valid = held.expires_at.is_none_or(|end| end.unix_seconds() >= key.at.unix_seconds());
        let holder = match &held.content {
            _ if held.fingerprint != key.fingerprint => Holder::Another,
            Content::Order(order) => Holder::Equal(order.clone()),
            Content::Accepted(accepted) => Holder::Accepted(accepted.claim()),
        };
        is_valid.then_some(holder)
    }

    /// Returns the order of a claim, whether it has ended or not.
    pub(crate) fn order_with(&self, id: OrderId) -> Option<Order> {
        let claims = self.claims.lock().expect("no panic");
        claims.values().filter_map(Held::order).find(|order| order.id() == id).cloned()
    }

    /// Prolongs the claim that has an order.
    pub(crate) fn prolong(&self, id: OrderId, until: Timestamp) {
        let mut claims = self.claims.lock().expect("no panic");
        if let Some(held) = claims.values_mut().find(|held| held.order().is_some_and(|it| it.id() == id)) {
            held.expires_at = Some(until);
        }
    }
}

impl Held {
    fn order(&self) -> Option<&Order> {
        match &self.content {
            Content::Order(order) => Some(order),
            Content::Accepted(_) => None,
        }
    }
}

pub(crate) fn key_of(key: &ClaimedKey<'_>) -> Key {
    (key.tenant.clone(), key.customer.cloned(), key.key.to_string())
}

impl Claims for InMemoryClaims {
    async fn claim(&self, claim: &NewClaim<'_>) -> Result<Claim, PortError> {
        Ok(match self.take(claim) {
            None => Claim::Won,
            Some(Holder::Equal(order)) if order.id() == claim.order.id() => Claim::Won,
            Some(Holder::Equal(order)) => Claim::Replay(order),
            Some(Holder::Accepted(accepted)) => Claim::Accepted(accepted),
            Some(Holder::Another) => Claim::KeyReused,
        })
    }
}
