//! Claims of a verified access token, in an event of API Gateway.

use kernel::Tenant;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Maximum length of a subject (OpenID Connect Core 1.0, section 2).
const MAX_SUBJECT_CHARS: usize = 255;

/// Claims that identify a caller. API Gateway passes every claim as text, and an array as `[a b]`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    pub(crate) subject: Option<String>,
    /// Application that got the token: `client_id` (RFC 9068, section 2.2), or `azp` (OpenID Connect Core, section 2).
    pub(crate) client: Option<String>,
    pub(crate) tenant: Option<String>,
    /// Scopes, separated by spaces: `scope`, or `scp` of other issuers.
    pub(crate) scopes: Option<String>,
    /// Kind of a token of Cognito: `access` or `id`.
    pub(crate) token_use: Option<String>,
}

/// Authorizer of an event; payload format 1.0 has the claims directly in it.
#[derive(Deserialize)]
struct Authorizer<'a> {
    #[serde(borrow)]
    jwt: Option<Jwt<'a>>,
    #[serde(borrow)]
    claims: Option<RawClaims<'a>>,
}

#[derive(Deserialize)]
struct Jwt<'a> {
    #[serde(borrow)]
    claims: Option<RawClaims<'a>>,
}

#[derive(Deserialize)]
struct RawClaims<'a> {
    #[serde(borrow)]
    sub: Option<&'a RawValue>,
    #[serde(borrow)]
    client_id: Option<&'a RawValue>,
    #[serde(borrow)]
    azp: Option<&'a RawValue>,
    #[serde(borrow)]
    tenant: Option<&'a RawValue>,
    #[serde(borrow)]
    scope: Option<&'a RawValue>,
    #[serde(borrow)]
    scp: Option<&'a RawValue>,
    #[serde(borrow)]
    token_use: Option<&'a RawValue>,
}

impl Claims {
    /// Reads the claims of an authorizer in either payload format. `None` when it has none, or names one twice.
    pub(crate) fn of_authorizer(authorizer: &RawValue) -> Option<Self> {
        let authorizer: Authorizer<'_> = serde_json::from_str(authorizer.get()).ok()?;
        let claims = authorizer.jwt.and_then(|jwt| jwt.claims).or(authorizer.claims)?;
        Some(Self {
            subject: claims.sub.map(text),
            client: claims.client_id.or(claims.azp).map(text),
            tenant: claims.tenant.map(text),
            scopes: claims.scope.or(claims.scp).map(text),
            token_use: claims.token_use.map(text),
        })
    }

    /// Returns the subject. A text that identifies nobody, such as a list, is none.
    pub(crate) fn valid_subject(&self) -> Option<&str> {
        let is_valid = |text: &&str| {
            (1..=MAX_SUBJECT_CHARS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
        };
        self.subject.as_deref().filter(is_valid)
    }

    /// Returns the tenant, if it is one name.
    pub(crate) fn valid_tenant(&self) -> Option<Tenant> {
        self.tenant.as_deref()?.parse().ok()
    }

    /// Returns the bare names of the scopes that begin with `prefix`. Names are case-sensitive, and separated by spaces
    /// only (RFC 6749, section 3.3).
    pub(crate) fn scopes<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let list = self.scopes.as_deref().unwrap_or_default();
        let list = list.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(list);
        list.split(' ').filter_map(move |scope| scope.strip_prefix(prefix)).filter(|name| !name.is_empty())
    }
}

/// Returns a text as it is, and any other value as JSON, which is no valid tenant or subject.
fn text(value: &RawValue) -> String {
    serde_json::from_str(value.get()).unwrap_or_else(|_| value.get().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::Envelope;

    fn claims(event: &str) -> Option<Claims> {
        Envelope::of(event).claims()
    }

    fn of_format_2(claims_object: &str) -> Option<Claims> {
        claims(&format!(
            r#"{{"version":"2.0","requestContext":{{"authorizer":{{"jwt":{{"claims":{claims_object}}}}}}}}}"#
        ))
    }

    #[test]
    fn both_formats_have_claims() {
        let object =
            r#"{"sub":"s","client_id":"c","tenant":"acme","scope":"a b","token_use":"access","exp":1}"#;
        let of_format_1 = claims(&format!(r#"{{"requestContext":{{"authorizer":{{"claims":{object}}}}}}}"#));
        let read = of_format_2(object).expect("claims");
        assert_eq!(of_format_1.as_ref(), Some(&read));
        let text = |text: &str| Some(text.to_owned());
        let expected = Claims {
            subject: text("s"),
            client: text("c"),
            tenant: text("acme"),
            scopes: text("a b"),
            token_use: text("access"),
        };
        assert_eq!(read, expected);
        let of_another_issuer = of_format_2(r#"{"azp":"c","scp":"[a b]"}"#).expect("claims");
        assert_eq!((of_another_issuer.client, of_another_issuer.scopes), (text("c"), text("[a b]")));
    }

    #[test]
    fn an_event_without_claims_has_none() {
        for event in [
            "{}",
            "[]",
            r#"{"requestContext":{}}"#,
            r#"{"requestContext":{"authorizer":null}}"#,
            r#"{"requestContext":{"authorizer":{"jwt":null}}}"#,
            r#"{"requestContext":{"authorizer":{"lambda":{"tenant":"acme"}}}}"#,
            r#"{"requestContext":{"authorizer":{"jwt":{"claims":{"sub":"a","sub":"b"}}}}}"#,
            r#"{"authorizer":{"jwt":{"claims":{"sub":"a"}}},"requestContext":{}}"#,
            r#"{"headers":{"requestContext":"x"},"requestContext":{"authorizer":{"jwt":{"claims":[1]}}}}"#,
        ] {
            assert_eq!(claims(event), None, "{event}");
        }
    }

    #[test]
    fn only_the_exact_spelling_of_a_scope_counts() {
        let names = |prefix: &str, scopes: &str| -> Vec<String> {
            let claims = Claims { scopes: Some(scopes.to_owned()), ..Claims::default() };
            claims.scopes(prefix).map(str::to_owned).collect()
        };
        for granted in
            ["orders/orders:read", "x orders/orders:read", "[x orders/orders:read]", "  orders/orders:read "]
        {
            assert_eq!(names("orders/", granted), ["orders:read"], "{granted}");
        }
        for other in [
            "",
            "orders:read",
            "orders/",
            "orders/orders:READ",
            "ORDERS/orders:read",
            "orders/orders:reading",
            "xorders/orders:read",
            "orders/orders:read,orders/orders:write",
            "orders/orders:read\torders/orders:write",
            "\"orders/orders:read\"",
            "[\"orders/orders:read\"]",
            "orders//orders:read",
            "orders/orders%3Aread",
            "orders/orders:read\u{a0}x",
        ] {
            assert!(!names("orders/", other).contains(&"orders:read".to_owned()), "{other}");
        }
        assert_eq!(names("", "orders:read  email"), ["orders:read", "email"]);
        assert_eq!(Claims::default().scopes("").count(), 0);
    }
}
