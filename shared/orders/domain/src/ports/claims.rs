//! Idempotency claims.

use super::AcceptedClaim;
use crate::{CustomerId, Fingerprint, Order};
use kernel::{IdempotencyKey, PortError, Tenant, Timestamp};

/// Store of idempotency claims. A claim contains the order that its key identifies.
pub trait Claims {
    /// Claims a key for an order, unless another claim on it is valid at `claim.key.at`.
    /// One atomic step: of any number of concurrent requests, one wins.
    fn claim(&self, claim: &NewClaim<'_>) -> impl Future<Output = Result<Claim, PortError>> + Send;
}

/// Key of a request.
#[derive(Clone, Copy, Debug)]
pub struct ClaimedKey<'a> {
    /// Owner.
    pub tenant: &'a Tenant,
    /// Key of the request; unique within the tenant, and within the customer if one is given.
    pub key: &'a IdempotencyKey,
    /// Customer to whom the key belongs; `None` for a key of the tenant. The two kinds never match each other.
    pub customer: Option<&'a CustomerId>,
    /// Fingerprint of the request.
    pub fingerprint: Fingerprint,
    /// Time of the request's arrival.
    pub at: Timestamp,
}

/// Claim on a key.
#[derive(Clone, Copy, Debug)]
pub struct NewClaim<'a> {
    /// Key of the request.
    pub key: ClaimedKey<'a>,
    /// Order that the key identifies.
    pub order: &'a Order,
    /// End of the claim.
    pub expires_at: Timestamp,
}

/// Outcome of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The key is claimed for this order. The claim may be from an earlier attempt: the SDK retries a write
    /// after a lost response.
    Won,
    /// An equal request has claimed the key for this order.
    Replay(Order),
    /// An equal request has claimed the key for an order that is processed later.
    Accepted(AcceptedClaim),
    /// A different request has claimed the key.
    KeyReused,
}
