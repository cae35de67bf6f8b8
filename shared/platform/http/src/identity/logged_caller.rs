//! Caller in log lines.

use super::Claims;
use kernel::Tenant;

/// Valid claims of a request, as fields of its span.
///
/// The span has them from its creation: to record one later would format all of its fields again.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoggedCaller<'a> {
    /// Tenant.
    pub tenant: Option<&'a str>,
    /// First half of the SHA-256 of the subject, in hexadecimal digits.
    pub subject_hash: Option<&'a str>,
    /// Application that got the token.
    pub client_id: Option<&'a str>,
}

impl<'a> LoggedCaller<'a> {
    pub(crate) fn of(claims: &'a Claims) -> Self {
        Self {
            tenant: claims.tenant.as_ref().map(Tenant::as_str),
            subject_hash: claims.subject_hash.as_deref(),
            client_id: claims.client.as_deref(),
        }
    }
}
