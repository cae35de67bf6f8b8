//! Callers: tenant, subject, client and scopes.

use super::{Access, Claims, Scope};
use crate::{Problem, Request};
use kernel::Tenant;
use platform_settings::Authentication;

/// Caller of a protected route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    tenant: Tenant,
    identity: Option<Identity>,
}

/// Verified identity, in an API with authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    subject: String,
    client: Option<String>,
    /// Bare names.
    scopes: Vec<String>,
}

/// Caller of a public route: anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anyone;

/// Kind of caller that a handler serves: [`Caller`] or [`Anyone`].
pub trait RequestCaller: sealed::Sealed + Sized + Send + 'static {
    /// Identifies the caller of a request to a route with this access; `None` for a request without a route.
    #[doc(hidden)]
    fn identify(
        authentication: &Authentication,
        request: &Request,
        access: Option<Access>,
    ) -> Result<Self, Problem>;

    /// Returns the caller for its rate limits; `None` for a caller of a public route, which has none.
    #[doc(hidden)]
    fn limited(&self) -> Option<&Caller>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Caller {}
    impl Sealed for super::Anyone {}
}

impl RequestCaller for Anyone {
    fn identify(_: &Authentication, _: &Request, _: Option<Access>) -> Result<Self, Problem> {
        Ok(Self)
    }

    fn limited(&self) -> Option<&Caller> {
        None
    }
}

impl RequestCaller for Caller {
    fn identify(
        authentication: &Authentication,
        request: &Request,
        access: Option<Access>,
    ) -> Result<Self, Problem> {
        let Authentication::Tokens { scope_prefix } = authentication else {
            return Ok(Self { tenant: Tenant::default(), identity: None });
        };
        let access = access.ok_or_else(Problem::route_not_found)?;
        Self::of_claims(request.claims(), scope_prefix, access.scopes())
    }

    fn limited(&self) -> Option<&Caller> {
        Some(self)
    }
}

impl Caller {
    /// Returns the caller with these claims, who needs one of the scopes.
    fn of_claims(claims: Option<&Claims>, prefix: &str, needed: &[Scope]) -> Result<Self, Problem> {
        let claims = claims.ok_or_else(Problem::unauthenticated)?;
        // An ID token tells an application who has signed in, and grants nothing.
        if claims.token_use.as_deref().is_some_and(|token_use| token_use != "access") {
            return Err(Problem::unauthenticated());
        }
        let subject = claims.valid_subject().ok_or_else(Problem::unauthenticated)?.to_owned();
        let tenant = claims.valid_tenant().ok_or_else(Problem::tenant_missing)?;
        let scopes = claims.scopes(prefix).map(str::to_owned).collect();
        let caller =
            Self { tenant, identity: Some(Identity { subject, client: claims.client.clone(), scopes }) };
        caller.require_any(needed)?;
        Ok(caller)
    }

    /// Returns the tenant, which owns everything that the caller may see or change.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Returns the person or the machine; `None` without authentication.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.subject.as_str())
    }

    /// Returns `true` for an application that acts for itself (RFC 6749, section 4.4): it is its own subject.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        self.identity.as_ref().is_some_and(|it| it.client.as_deref() == Some(it.subject.as_str()))
    }

    /// Returns `true` when the caller has a scope. Without authentication every caller has all.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.identity.as_ref().is_none_or(|identity| identity.scopes.iter().any(|it| it == scope.name()))
    }

    /// Requires a scope.
    ///
    /// # Errors
    ///
    /// A problem that names the scope.
    pub fn require(&self, scope: Scope) -> Result<(), Problem> {
        self.require_any(&[scope])
    }

    fn require_any(&self, scopes: &[Scope]) -> Result<(), Problem> {
        if scopes.iter().any(|scope| self.has(*scope)) {
            Ok(())
        } else {
            Err(Problem::insufficient_scope(scopes))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;
    use serde_json::json;

    const READ: Scope = Scope::new("things:read");
    const WRITE: Scope = Scope::new("things:write");

    fn claims() -> Claims {
        let text = |text: &str| Some(text.to_owned());
        Claims {
            subject: text("s-1"),
            client: text("c-1"),
            tenant: text("acme"),
            scopes: text("p/things:read p/other"),
            token_use: text("access"),
        }
    }

    fn identify(claims: Option<&Claims>, needed: &[Scope]) -> Result<Caller, Problem> {
        Caller::of_claims(claims, "p/", needed)
    }

    #[test]
    fn a_caller_has_the_tenant_and_the_scopes_of_the_token() {
        let caller = identify(Some(&claims()), &[WRITE, READ]).expect("a caller");
        assert_eq!((caller.tenant().as_str(), caller.subject()), ("acme", Some("s-1")));
        assert!(caller.has(READ) && !caller.has(WRITE) && !caller.is_machine());
        let machine = Claims { client: Some("s-1".to_owned()), ..claims() };
        assert!(identify(Some(&machine), &[READ]).expect("a caller").is_machine());
    }

    #[test]
    fn without_a_valid_identity_the_status_is_401() {
        let long = "s".repeat(256);
        let with_subject = |text: Option<&str>| Claims { subject: text.map(str::to_owned), ..claims() };
        let subjects = [None, Some(""), Some("a b"), Some("é"), Some(long.as_str()), Some("a\nb")];
        let id_token = Claims { token_use: Some("id".to_owned()), ..claims() };
        let all = subjects.into_iter().map(with_subject).chain([id_token, Claims::default()]).map(Some);
        for claims in all.chain([None]) {
            let shown = format!("{claims:?}");
            let problem = identify(claims.as_ref(), &[READ]).expect_err(&shown);
            assert_eq!(problem.kind().status, StatusCode::UNAUTHORIZED, "{shown}");
        }
        let of_another_issuer = Claims { token_use: None, ..claims() };
        assert!(identify(Some(&of_another_issuer), &[READ]).is_ok());
    }

    #[test]
    fn without_exactly_one_tenant_the_status_is_403() {
        let tenants =
            [None, Some(""), Some("[acme other]"), Some("acme other"), Some("acme,other"), Some("ACME")];
        for tenant in tenants {
            let claims = Claims { tenant: tenant.map(str::to_owned), ..claims() };
            let problem = identify(Some(&claims), &[READ]).expect_err("no tenant");
            assert_eq!(
                (problem.code(), problem.kind().status.as_u16()),
                ("tenant-missing", 403),
                "{tenant:?}"
            );
        }
    }

    #[test]
    fn a_missing_scope_is_named() {
        let problem = identify(Some(&claims()), &[WRITE]).expect_err("no scope");
        assert_eq!(problem.code(), "insufficient-scope");
        assert_eq!(problem.member("required_scopes"), Some(&json!(["things:write"])));
        assert_eq!(problem.detail(), "the access token needs the scope things:write");
        let caller = identify(Some(&claims()), &[READ]).expect("a caller");
        assert!(caller.require(READ).is_ok() && caller.require(WRITE).is_err());
    }

    #[test]
    fn without_authentication_everybody_is_the_default_tenant_with_every_scope() {
        let request = Request::new(http::Request::new(lambda_http::Body::Empty));
        for access in [None, Some(Access::AnyScope(&[WRITE]))] {
            let caller = Caller::identify(&Authentication::None, &request, access).expect("a caller");
            assert_eq!((caller.tenant(), caller.subject()), (&Tenant::default(), None));
            assert!(caller.has(WRITE) && !caller.is_machine());
        }
    }

    #[test]
    fn with_authentication_a_request_without_a_route_is_refused() {
        let request = Request::new(http::Request::new(lambda_http::Body::Empty));
        let tokens = Authentication::Tokens { scope_prefix: String::new() };
        let problem = Caller::identify(&tokens, &request, None).expect_err("no route");
        assert_eq!(problem.code(), "route-not-found");
        // A public route in a protected handler would need no scope, and nobody could call it.
        assert!(Caller::identify(&tokens, &request, Some(Access::Public)).is_err());
    }
}
