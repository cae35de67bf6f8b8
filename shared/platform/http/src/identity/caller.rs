//! Callers: tenant, subject, client and scopes.

use super::{Access, Claims, Scope};
use crate::{Problem, Request};
use kernel::Tenant;
use platform_settings::Authentication;
use std::sync::Arc;

/// Caller of a protected route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    tenant: Tenant,
    token: Option<Token>,
}

/// Verified access token, in an API with authentication.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    claims: Arc<Claims>,
    /// Text before the name of a scope.
    scope_prefix: Arc<str>,
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
            return Ok(Self { tenant: Tenant::default(), token: None });
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
    fn of_claims(
        claims: Option<&Arc<Claims>>,
        scope_prefix: &Arc<str>,
        needed: &[Scope],
    ) -> Result<Self, Problem> {
        let claims = claims.filter(|claims| claims.subject.is_some() && !claims.is_id_token);
        let claims = claims.ok_or_else(Problem::unauthenticated)?;
        let tenant = claims.tenant.clone().ok_or_else(Problem::tenant_missing)?;
        let token = Token { claims: Arc::clone(claims), scope_prefix: Arc::clone(scope_prefix) };
        let caller = Self { tenant, token: Some(token) };
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
        self.token.as_ref()?.claims.subject.as_deref()
    }

    /// Returns `true` for an application that acts for itself (RFC 6749, section 4.4): it is its own subject.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        self.token.as_ref().is_some_and(|token| token.claims.client == token.claims.subject)
    }

    /// Returns `true` when the caller has a scope. Without authentication every caller has all.
    #[must_use]
    pub fn has(&self, scope: Scope) -> bool {
        self.token
            .as_ref()
            .is_none_or(|token| token.claims.scopes(&token.scope_prefix).any(|it| it == scope.name()))
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
    use serde_json::value::to_raw_value;
    use serde_json::{Value, json};

    const READ: Scope = Scope::new("things:read");
    const WRITE: Scope = Scope::new("things:write");

    fn identify(claims: &Value, needed: &[Scope]) -> Result<Caller, Problem> {
        let authorizer = to_raw_value(&json!({ "jwt": { "claims": claims } })).expect("JSON");
        Caller::of_claims(Claims::of_authorizer(&authorizer).as_ref(), &"p/".into(), needed)
    }

    /// Returns claims with changes; null removes a claim.
    fn claims(changes: &Value) -> Value {
        let mut claims = json!({
            "sub": "s-1", "client_id": "c-1", "tenant": "acme", "scope": "p/things:read p/other", "token_use": "access",
        });
        for (name, value) in changes.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        claims
    }

    #[test]
    fn a_caller_has_the_tenant_and_the_scopes_of_the_token() {
        let caller = identify(&claims(&json!({})), &[WRITE, READ]).expect("a caller");
        assert_eq!((caller.tenant().as_str(), caller.subject()), ("acme", Some("s-1")));
        assert!(caller.has(READ) && !caller.has(WRITE) && !caller.is_machine());
        let machine = identify(&claims(&json!({ "client_id": "s-1" })), &[READ]).expect("a caller");
        assert!(machine.is_machine());
    }

    #[test]
    fn without_a_valid_identity_the_status_is_401() {
        for changes in [json!({ "sub": null }), json!({ "sub": "a b" }), json!({ "token_use": "id" })] {
            let problem = identify(&claims(&changes), &[READ]).expect_err("no identity");
            assert_eq!(problem.kind().status, StatusCode::UNAUTHORIZED);
        }
        assert!(identify(&json!("no object"), &[READ]).is_err());
        assert!(identify(&claims(&json!({ "token_use": null })), &[READ]).is_ok());
    }

    #[test]
    fn without_a_tenant_the_status_is_403() {
        for changes in [json!({ "tenant": null }), json!({ "tenant": "[acme other]" })] {
            let problem = identify(&claims(&changes), &[READ]).expect_err("no tenant");
            assert_eq!((problem.code(), problem.kind().status.as_u16()), ("tenant-missing", 403));
        }
    }

    #[test]
    fn a_missing_scope_is_named() {
        let problem = identify(&claims(&json!({})), &[WRITE]).expect_err("no scope");
        assert_eq!(problem.code(), "insufficient-scope");
        assert_eq!(problem.member("required_scopes"), Some(&json!(["things:write"])));
        assert_eq!(problem.detail(), "the access token needs the scope things:write");
        let caller = identify(&claims(&json!({})), &[READ]).expect("a caller");
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
        let tokens = Authentication::Tokens { scope_prefix: "".into() };
        let problem = Caller::identify(&tokens, &request, None).expect_err("no route");
        assert_eq!(problem.code(), "route-not-found");
        // A public route in a protected handler would need no scope, and nobody could call it.
        assert!(Caller::identify(&tokens, &request, Some(Access::Public)).is_err());
    }
}
