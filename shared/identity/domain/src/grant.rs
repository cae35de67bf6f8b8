//! Content of a token.

use kernel::{PortError, Tenant};
use std::collections::BTreeSet;

/// Person or machine that belongs to a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Tenant.
    pub tenant: Tenant,
    /// Scopes, by their bare names.
    pub scopes: BTreeSet<String>,
}

/// Store of the identities.
pub trait Identities {
    /// Returns the identity of a person (by the subject) or of a machine (by the client id); `None` for an unknown one.
    fn find(&self, id: &str) -> impl Future<Output = Result<Option<Identity>, PortError>> + Send;
}

/// Request for a token, before the issuer signs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// Subject of a person, or client id of a machine.
    pub id: String,
    /// `true` for a person.
    pub is_person: bool,
    /// Scopes that the token would contain, as the issuer names them.
    pub requested: Vec<String>,
}

/// Changes of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// Tenant; `None` for a token that grants nothing.
    pub tenant: Option<Tenant>,
    /// Scopes to add, as the issuer names them.
    pub added: Vec<String>,
    /// Scopes to remove.
    pub removed: Vec<String>,
}

/// Decides what a token contains: the tenant of the identity, and no scope that the identity does not have. A person
/// gets all scopes of the identity, however the token was requested. A machine gets those that it requested.
///
/// # Errors
///
/// [`PortError`] when the identity can't be read. The issuer must then sign no token.
pub async fn grant(
    identities: &impl Identities,
    prefix: &str,
    request: &TokenRequest,
) -> Result<Grant, PortError> {
    let identity = identities.find(&request.id).await?;
    let granted: BTreeSet<_> = identity
        .iter()
        .flat_map(|identity| identity.scopes.iter().map(|scope| format!("{prefix}{scope}")))
        .collect();
    let is_requested = |scope: &&String| request.requested.contains(*scope);
    let added = granted.iter().filter(|scope| request.is_person && !is_requested(scope)).cloned().collect();
    let removed = request.requested.iter().filter(|scope| !granted.contains(*scope)).cloned().collect();
    Ok(Grant { tenant: identity.map(|identity| identity.tenant), added, removed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    /// Store with one identity.
    struct One(Option<Identity>);

    impl Identities for One {
        async fn find(&self, _: &str) -> Result<Option<Identity>, PortError> {
            Ok(self.0.clone())
        }
    }

    fn granted(identity: Option<Identity>, is_person: bool, requested: &[&str]) -> Grant {
        let requested = requested.iter().map(|scope| (*scope).to_owned()).collect();
        let request = TokenRequest { id: "s-1".to_owned(), is_person, requested };
        let (store, mut context) = (One(identity), Context::from_waker(Waker::noop()));
        match pin!(grant(&store, "orders/", &request)).poll(&mut context) {
            Poll::Ready(result) => result.expect("a grant"),
            Poll::Pending => panic!("the store does not wait"),
        }
    }

    fn acme(scopes: &[&str]) -> Identity {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        Identity { tenant: "acme".parse().expect("a tenant"), scopes }
    }

    #[test]
    fn a_person_gets_exactly_the_scopes_of_the_identity_however_the_token_was_requested() {
        let by_password = ["aws.cognito.signin.user.admin"];
        let by_code = ["openid", "orders/orders:write", "orders/orders:read"];
        for requested in [&by_password[..], &by_code, &[]] {
            let Grant { tenant, added, removed } =
                granted(Some(acme(&["orders:read", "orders:own"])), true, requested);
            assert_eq!(tenant, Some("acme".parse().expect("a tenant")));
            let kept =
                requested.iter().map(|scope| (*scope).to_owned()).filter(|scope| !removed.contains(scope));
            let scopes: BTreeSet<_> = kept.chain(added).collect();
            assert_eq!(scopes.into_iter().collect::<Vec<_>>(), ["orders/orders:own", "orders/orders:read"]);
        }
    }

    #[test]
    fn a_machine_gets_the_requested_scopes_that_the_identity_has() {
        let grant = granted(
            Some(acme(&["orders:read", "orders:own"])),
            false,
            &["orders/orders:read", "orders/audit:read"],
        );
        assert_eq!((grant.added, grant.removed), (vec![], vec!["orders/audit:read".to_owned()]));
    }

    #[test]
    fn an_unknown_identity_gets_neither_a_tenant_nor_a_scope() {
        for is_person in [true, false] {
            let grant = granted(None, is_person, &["openid", "orders/orders:read"]);
            assert_eq!((grant.tenant, grant.added), (None, vec![]));
            assert_eq!(grant.removed, ["openid", "orders/orders:read"]);
        }
    }

    #[test]
    fn a_scope_without_the_prefix_is_another_scope() {
        let grant = granted(Some(acme(&["orders:read"])), false, &["orders:read", "other/orders:read"]);
        assert_eq!(grant.removed, ["orders:read", "other/orders:read"]);
    }
}
