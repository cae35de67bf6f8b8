//! Rate limits of callers.
//!
//! A [`RateLimiter`] counts the requests of a [`Bucket`]. [`RateLimits`] assigns each request to a bucket: by tenant,
//! caller and class of the request.

use crate::{Caller, Problem, Request};
use futures::future::BoxFuture;
use http::Method;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Number of requests in a period: a caller may send them at once, and then one in each equal part of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Number of requests.
    pub requests: NonZeroU32,
    /// Period.
    pub period: Duration,
}

impl Rate {
    /// Creates a rate per minute; `None` for 0, which limits nothing.
    #[must_use]
    pub fn per_minute(requests: u32) -> Option<Self> {
        let requests = NonZeroU32::new(requests)?;
        Some(Self { requests, period: Duration::from_mins(1) })
    }
}

/// Requests that count together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Unique name.
    pub key: String,
    /// Limit.
    pub rate: Rate,
}

/// Refusal of a request that exceeds its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimited {
    /// Time after which the bucket admits a request, if no other one comes first.
    pub wait: Duration,
}

/// Counter of requests.
pub trait RateLimiter: Send + Sync {
    /// Counts a request, unless it exceeds the limit of its bucket. Admits all requests while it can't count them.
    fn admit<'a>(&'a self, bucket: &'a Bucket) -> BoxFuture<'a, Result<(), RateLimited>>;
}

/// Limits of the callers of protected routes.
#[derive(Clone)]
pub struct RateLimits {
    limiter: Arc<dyn RateLimiter>,
    people: Option<Rate>,
    machines: Option<Rate>,
}

impl RateLimits {
    /// Creates limits for people and for machines; `None` limits nothing. Without authentication, every address has the
    /// limit of a person.
    #[must_use]
    pub fn new(limiter: Arc<dyn RateLimiter>, people: Option<Rate>, machines: Option<Rate>) -> Self {
        Self { limiter, people, machines }
    }

    /// Returns the bucket of a request; `None` for a caller without a limit.
    pub(crate) fn bucket(&self, caller: &Caller, request: &Request) -> Option<Bucket> {
        let rate = if caller.is_machine() { self.machines } else { self.people }?;
        let name = match caller.subject() {
            Some(subject) => format!("subject#{subject}"),
            None => format!("address#{}", source(request)),
        };
        // No tenant and no class contains a `#`.
        let key = format!("{}#{}#{name}", caller.tenant(), if is_read(request) { "read" } else { "write" });
        Some(Bucket { key, rate })
    }

    /// Counts a request.
    pub(crate) async fn admit(&self, bucket: &Bucket) -> Result<(), Problem> {
        self.limiter.admit(bucket).await.map_err(|RateLimited { wait }| Problem::rate_limited(wait))
    }
}

/// Returns `true` for a request that changes nothing.
pub(crate) fn is_read(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
}

/// Returns the address that a request is counted for: of an IPv6 address the network of 64 bits, all of which one
/// subscriber has (RFC 6177).
#[must_use]
pub fn source(request: &Request) -> String {
    let address = request.source_address().unwrap_or_default();
    match address.parse() {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        _ => address.to_owned(),
    }
}
