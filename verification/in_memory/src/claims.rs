//! Claims.

use kernel::{PortError, Tenant, Timestamp};
use orders_domain::ports::{Claim, Claims, NewClaim};
use orders_domain::{CustomerId, Fingerprint, Order};
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

impl Claims for InMemoryClaims {
    async fn claim(&self, claim: &NewClaim<'_>) -> Result<Claim, PortError> {
        let mut claims = self.claims.lock().expect("no panic");
        let key = (claim.order.tenant().clone(), claim.customer.cloned(), claim.key.to_string());
        match claims.get(&key) {
            Some(held) if held.expires_at.unix_seconds() >= claim.order.created_at().unix_seconds() => {
                Ok(if held.fingerprint != claim.fingerprint {
                    Claim::KeyReused
                } else if held.order.id() == claim.order.id() {
                    Claim::Won
                } else {
                    Claim::Replay(held.order.clone())
                })
            }
            _ => {
                let (fingerprint, order, expires_at) =
                    (claim.fingerprint, claim.order.clone(), claim.expires_at);
                claims.insert(key, Held { fingerprint, order, expires_at });
                Ok(Claim::Won)
            }
        }
    }
}
