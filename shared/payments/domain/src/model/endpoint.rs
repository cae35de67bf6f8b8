//! Endpoints: addresses that providers send their webhooks to.

use crate::Provider;
use kernel::Tenant;
use std::fmt;

kernel::text_type! {
    /// Opaque name of an endpoint in its path: 1 to 64 letters, digits, `-` and `_`.
    EndpointId, 64, |text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)),
    "letters, digits, \"-\" and \"_\""
}

/// Endpoint of a tenant at a provider. Only its secrets are tried, and only the orders of its tenant are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Owner of the orders.
    pub tenant: Tenant,
    /// Provider that sends to it.
    pub provider: Provider,
    /// Secrets that sign its webhooks.
    pub secrets: WebhookSecrets,
}

/// Secrets that sign the webhooks of an endpoint: two while one replaces the other.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecrets(Vec<String>);

impl WebhookSecrets {
    /// Maximum number of secrets.
    pub const MAX: usize = 2;

    /// Creates a set of secrets; `None` unless there are one or two, none of them empty.
    #[must_use]
    pub fn new(secrets: Vec<String>) -> Option<Self> {
        let is_valid =
            (1..=Self::MAX).contains(&secrets.len()) && secrets.iter().all(|secret| !secret.is_empty());
        is_valid.then_some(Self(secrets))
    }

    /// Returns the secrets.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Debug for WebhookSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}
