//! Claims.

use kernel::{PortError, Tenant, Timestamp};
use orders_domain::ports::{Claim, ClaimedKey, Claims, Holder, NewClaim};
use orders_domain::{CustomerId, Fingerprint, Order, OrderId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// Claims in memory. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct InMemoryClaims {
    claims: Arc<Mutex<HashMap<Key, Held>>>,
}

/// Tenant, customer of a key that belongs to one, and key.
type Key = (Tenant, Option<CustomerId>, String);

#[derive(Debug)]
struct Held {
    fingerprint: Fingerprint,
    order: Order,
    expires_at: Timestamp,
}

impl InMemoryClaims {
    /// Claims a key; returns the request that has a valid claim on it otherwise.
    pub(crate) fn take(&self, claim: &NewClaim<'_>) -> Option<Holder> {
        let holder = self.holder_of(&claim.key);
        if holder.is_none() {
            let held = Held {
                fingerprint: claim.key.fingerprint,
                order: claim.order.clone(),
                expires_at: claim.expires_at,
            };
            self.claims.lock().expect("no panic").insert(key_of(&claim.key), held);
        }
        holder
    }

    /// Returns the request that has a valid claim on a key.
    pub(crate) fn holder_of(&self, key: &ClaimedKey<'_>) -> Option<Holder> {
        let claims = self.claims.lock().expect("no panic");
        let held = claims.get(&key_of(key))?;
        let is_valid = held.expires_at.unix_seconds() >= key.at.unix_seconds();
        let is_equal = held.fingerprint == key.fingerprint;
        is_valid.then(|| if is_equal { Holder::Equal(held.order.clone()) } else { Holder::Another })
    }

    /// Returns the order of a claim, whether it has ended or not.
    pub(crate) fn order_with(&self, id: OrderId) -> Option<Order> {
        let claims = self.claims.lock().expect("no panic");
        claims.values().map(|held| &held.order).find(|order| order.id() == id).cloned()
    }

    /// Prolongs the claim that has an order.
    pub(crate) fn prolong(&self, id: OrderId, until: Timestamp) {
        let mut claims = self.claims.lock().expect("no panic");
        if let Some(held) = claims.values_mut().find(|held| held.order.id() == id) {
            held.expires_at = until;
        }
    }
}

fn key_of(key: &ClaimedKey<'_>) -> Key {
    (key.tenant.clone(), key.customer.cloned(), key.key.to_string())
}

impl Claims for InMemoryClaims {
    async fn claim(&self, claim: &NewClaim<'_>) -> Result<Claim, PortError> {
        Ok(match self.take(claim) {
            None => Claim::Won,
            Some(Holder::Equal(order)) if order.id() == claim.order.id() => Claim::Won,
            Some(Holder::Equal(order)) => Claim::Replay(order),
            Some(Holder::Another) => Claim::KeyReused,
        })
    }
}
