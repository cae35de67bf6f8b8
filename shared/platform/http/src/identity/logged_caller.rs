//! Caller in log lines.

use super::Claims;
use sha2::{Digest as _, Sha256};

/// Valid claims of a request, as fields of its span. The subject can be a person, so that only a hash is logged.
///
/// The span has them from its creation: to record one later would format all of its fields again.
#[derive(Debug, Default)]
pub struct LoggedCaller<'a> {
    /// Tenant.
    pub tenant: Option<&'a str>,
    /// First half of the SHA-256 of the subject, in hexadecimal digits.
    pub subject_hash: Option<String>,
    /// Application that got the token.
    pub client_id: Option<&'a str>,
}

impl<'a> LoggedCaller<'a> {
    pub(crate) fn of(claims: &'a Claims) -> Self {
        Self {
            tenant: claims.tenant.as_deref().filter(|_| claims.valid_tenant().is_some()),
            subject_hash: claims.valid_subject().map(|subject| hex::encode(&Sha256::digest(subject)[..16])),
            client_id: claims.client.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_logged_as_a_hash() {
        let claims = Claims { subject: Some("abc".to_owned()), ..Claims::default() };
        let sha_256_of_abc = "ba7816bf8f01cfea414140de5dae2223";
        assert_eq!(LoggedCaller::of(&claims).subject_hash.as_deref(), Some(sha_256_of_abc));
    }

    #[test]
    fn invalid_claims_are_not_logged() {
        let text = |text: &str| Some(text.to_owned());
        let claims = Claims { subject: text("a b"), tenant: text("[acme other]"), ..Claims::default() };
        let LoggedCaller { tenant, subject_hash, client_id } = LoggedCaller::of(&claims);
        assert_eq!((tenant, subject_hash, client_id), (None, None, None));
    }
}
