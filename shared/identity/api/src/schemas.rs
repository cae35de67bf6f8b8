//! Schemas of the login.

use identity_domain::{Password, Username};
use platform_http::openapi::{stored_text, string, word};
use serde_json::{Map, Value, json};

/// Returns the schemas of the OpenAPI document.
#[must_use]
pub fn schemas() -> Map<String, Value> {
    let mut password = string(&stored_text(Password::MAX_CHARS));
    password["format"] = "password".into();
    let credentials = json!({
        "type": "object",
        "required": ["username", "password"],
        "additionalProperties": false,
        "properties": { "username": string(&word(Username::MAX_CHARS)), "password": password },
    });
    let tokens = json!({
        "type": "object",
        "description": "Tokens (RFC 6749, section 5.1).",
        "required": ["access_token", "token_type", "expires_in", "refresh_token"],
        "additionalProperties": false,
        "properties": {
            "access_token": { "type": "string" },
            "token_type": { "type": "string", "enum": ["Bearer"] },
            "expires_in": { "type": "integer", "description": "Lifetime of the access token, in seconds." },
            "refresh_token": { "type": "string" },
        },
    });
    [("Credentials", credentials), ("Tokens", tokens)]
        .map(|(name, it)| (name.to_owned(), it))
        .into_iter()
        .collect()
}
