//! Claims of a verified access token, in an event of API Gateway.

use kernel::Tenant;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// Maximum length of a subject (OpenID Connect Core 1.0, section 2).
const MAX_SUBJECT_CHARS: usize = 255;

/// Claims that identify a caller. API Gateway passes every claim as text, and an array as `[a b]`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// `None` for a text that identifies nobody, such as a list.
    pub(crate) subject: Option<String>,
    /// Hash of the subject, for logs: it can be a person.
    pub(crate) subject_hash: Option<String>,
    /// Application that got the token: `client_id` (RFC 9068, section 2.2), or `azp` (OpenID Connect Core, section 2).
    pub(crate) client: Option<String>,
    /// `None` unless the claim is one name.
    pub(crate) tenant: Option<Tenant>,
    /// Scopes, separated by spaces: `scope`, or `scp` of other issuers.
    pub(crate) scopes: Option<String>,
    /// `true` for an ID token of Cognito, which tells an application who has signed in, and grants nothing.
    pub(crate) is_id_token: bool,
}

/// Authorizer of the last request, and its claims. A machine sends many requests with the same token.
static LAST: Mutex<Option<(Box<str>, Arc<Claims>)>> = Mutex::new(None);

/// Authorizer of an event; payload format 1.0 has the claims directly in it.
#[derive(Deserialize)]
struct Authorizer<'a> {
    #[serde(borrow)]
    jwt: Option<Jwt<'a>>,
    #[serde(borrow)]
    claims: Option<ClaimTexts<'a>>,
}

#[derive(Deserialize)]
struct Jwt<'a> {
    #[serde(borrow)]
    claims: Option<ClaimTexts<'a>>,
}

#[derive(Deserialize)]
struct ClaimTexts<'a> {
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
    /// Returns the claims of an authorizer in either payload format. `None` when it has none, or names one twice.
    pub(crate) fn of_authorizer(authorizer: &RawValue) -> Option<Arc<Self>> {
        let text = authorizer.get();
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, claims)) = last.as_ref().filter(|(last, _)| **last == *text) {
            return Some(Arc::clone(claims));
        }
        let claims = Arc::new(Self::parse(text)?);
        *last = Some((text.into(), Arc::clone(&claims)));
        Some(claims)
    }

    fn parse(authorizer: &str) -> Option<Self> {
        let authorizer: Authorizer<'_> = serde_json::from_str(authorizer).ok()?;
        let claims = authorizer.jwt.and_then(|jwt| jwt.claims).or(authorizer.claims)?;
        let owned = |claim| text(claim).map(Cow::into_owned);
        let subject = claims.sub.and_then(owned).filter(|text| is_subject(text));
        Some(Self {
            subject_hash: subject.as_deref().map(hash),
            subject,
            client: claims.client_id.or(claims.azp).and_then(owned),
            tenant: claims.tenant.and_then(text).and_then(|name| name.parse().ok()),
            scopes: claims.scope.or(claims.scp).and_then(owned),
            is_id_token: claims.token_use.is_some_and(|claim| text(claim).as_deref() != Some("access")),
        })
    }

    /// Returns the bare names of the scopes that begin with `prefix`. Names are case-sensitive, and separated by spaces
    /// only (RFC 6749, section 3.3).
    pub(crate) fn scopes<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let list = self.scopes.as_deref().unwrap_or_default();
        let list = list.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(list);
        list.split(' ').filter_map(move |scope| scope.strip_prefix(prefix)).filter(|name| !name.is_empty())
    }
}

/// Returns the content of a text. API Gateway sends no other value: it identifies nobody, and grants nothing.
fn text(claim: &RawValue) -> Option<Cow<'_, str>> {
    let content = claim.get().strip_prefix('"')?.strip_suffix('"')?;
    if content.contains('\\') { serde_json::from_str(claim.get()).ok() } else { Some(content.into()) }
}

fn is_subject(text: &str) -> bool {
    (1..=MAX_SUBJECT_CHARS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Returns the first half of the SHA-256 of a text, in hexadecimal digits.
fn hash(text: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(text).into();
    let half = digest.first_chunk().copied().unwrap_or_default();
    format!("{:032x}", u128::from_be_bytes(half))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::Envelope;
    use serde_json::json;

    fn claims(event: &str) -> Option<Arc<Claims>> {
        Envelope::of(event).claims()
    }

    fn of_format_2(claims_object: &str) -> Option<Arc<Claims>> {
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
            subject_hash: text("043a718774c572bd8a25adbeb1bfcd5c"),
            client: text("c"),
            tenant: "acme".parse().ok(),
            scopes: text("a b"),
            is_id_token: false,
        };
        assert_eq!(*read, expected);
        let of_another_issuer = of_format_2(r#"{"azp":"c","scp":"[a b]"}"#).expect("claims");
        assert_eq!((&of_another_issuer.client, &of_another_issuer.scopes), (&text("c"), &text("[a b]")));
    }

    #[test]
    fn a_subject_is_logged_as_a_hash() {
        let claims = of_format_2(r#"{"sub":"abc"}"#).expect("claims");
        // SHA-256 of `abc` (FIPS 180-4, example).
        assert_eq!(claims.subject_hash.as_deref(), Some("ba7816bf8f01cfea414140de5dae2223"));
    }

    #[test]
    fn the_claims_of_the_last_token_are_kept_for_that_token_only() {
        for subject in ["a", "a", "b", "b", "a"] {
            let claims = of_format_2(&json!({ "sub": subject }).to_string()).expect("claims");
            assert_eq!(claims.subject.as_deref(), Some(subject));
        }
        assert_eq!(of_format_2(r#"{"sub":"a","sub":"b"}"#), None);
    }

    #[test]
    fn escapes_of_json_are_decoded() {
        let claims = of_format_2(r#"{"sub":"\u0061\"b","tenant":"\u0061cme"}"#).expect("claims");
        assert_eq!((claims.subject.as_deref(), &claims.tenant), (Some("a\"b"), &"acme".parse().ok()));
    }

    #[test]
    fn a_text_that_identifies_nobody_is_none() {
        let long = "s".repeat(MAX_SUBJECT_CHARS + 1);
        for subject in ["", "a b", "é", "a\nb", &long]
            .map(|text| json!(text))
            .into_iter()
            .chain([json!(1), json!(["s"])])
        {
            let claims = of_format_2(&json!({ "sub": subject }).to_string()).expect("claims");
            assert_eq!(claims.subject, None, "{subject}");
        }
    }

    #[test]
    fn a_tenant_is_exactly_one_name() {
        for tenant in [
            json!(""),
            json!("[acme other]"),
            json!("acme other"),
            json!("acme,other"),
            json!("ACME"),
            json!(["acme"]),
        ] {
            let claims = of_format_2(&json!({ "sub": "s", "tenant": tenant }).to_string()).expect("claims");
            assert_eq!(claims.tenant, None, "{tenant}");
        }
    }

    #[test]
    fn any_use_but_access_is_an_id_token() {
        for (token_use, is_id_token) in
            [(json!("access"), false), (json!(null), false), (json!("id"), true), (json!(["access"]), true)]
        {
            let claims = of_format_2(&json!({ "token_use": token_use }).to_string()).expect("claims");
            assert_eq!(claims.is_id_token, is_id_token, "{token_use}");
        }
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
