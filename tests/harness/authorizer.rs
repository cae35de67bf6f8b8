//! Emulator of the JWT authorizer of API Gateway. It passes the claims of every token, also of one that nobody has signed:
//! `tests/stack` tests the real one. It checks no scope, so that the check of the function is tested.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// Returns a token with these claims, which [`claims`] reads.
#[must_use]
pub fn unsigned_token(claims: &Value) -> String {
    format!("e30.{}.", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// Returns the token of a machine, which is its own subject.
#[must_use]
pub fn machine_token(tenant: &str, client: &str, scopes: &str) -> String {
    unsigned_token(&json!({
        "sub": client, "client_id": client, "tenant": tenant, "scope": scopes, "token_use": "access",
    }))
}

/// Returns the token of a person.
#[must_use]
pub fn person_token(tenant: &str, subject: &str, scopes: &str) -> String {
    unsigned_token(&json!({
        "sub": subject, "client_id": "web-shop", "tenant": tenant, "scope": scopes, "token_use": "access",
    }))
}

/// Returns the claims of the token in a request as API Gateway passes them: each as a text.
pub(crate) fn claims(headers: &HeaderMap) -> Option<Value> {
    let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&payload).ok()?;
    Some(claims.into_iter().map(|(name, value)| (name, text(&value).into())).collect::<Map<_, _>>().into())
}

/// Returns a claim as API Gateway writes it: an array as `[a b]`.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}
