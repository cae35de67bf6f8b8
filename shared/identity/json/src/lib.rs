//! Event before Cognito signs a token (Amazon Cognito developer guide, "Pre token generation Lambda trigger").

use identity_domain::{Grant, TokenRequest};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;

/// Text before the name of a scope: the identifier of the resource server.
pub const SCOPE_PREFIX: &str = "orders/";

/// Source of the event for a machine.
const CLIENT_CREDENTIALS: &str = "TokenGeneration_ClientCredentials";

/// Event of version 3, for people and machines. The response is the event with a changed member.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct PreTokenEvent(Value);

/// Error for an event that is no request for a token, or of a version without scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotATokenRequest;

impl fmt::Display for NotATokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the event is not a pre token generation event of version 2 or 3")
    }
}

impl std::error::Error for NotATokenRequest {}

/// Parts of the event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    trigger_source: String,
    caller_context: CallerContext,
    request: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CallerContext {
    client_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    #[serde(default)]
    user_attributes: UserAttributes,
    scopes: Vec<String>,
}

#[derive(Default, Deserialize)]
struct UserAttributes {
    sub: Option<String>,
}

impl PreTokenEvent {
    /// Returns the request for the token.
    ///
    /// # Errors
    ///
    /// [`NotATokenRequest`].
    pub fn request(&self) -> Result<TokenRequest, NotATokenRequest> {
        let event = Event::deserialize(&self.0).map_err(|_| NotATokenRequest)?;
        let is_person = event.trigger_source != CLIENT_CREDENTIALS;
        let id = if is_person {
            event.request.user_attributes.sub.ok_or(NotATokenRequest)?
        } else {
            event.caller_context.client_id
        };
        Ok(TokenRequest { id, is_person, requested: event.request.scopes })
    }

    /// Returns the response: the tenant and the scopes of the access token. The ID token grants nothing, and stays as it
    /// is.
    #[must_use]
    pub fn respond(mut self, grant: &Grant) -> Self {
        let claims = match &grant.tenant {
            Some(tenant) => json!({ "tenant": tenant.as_str() }),
            None => json!({}),
        };
        self.0["response"] = json!({ "claimsAndScopeOverrideDetails": { "accessTokenGeneration": {
            "claimsToAddOrOverride": claims,
            "scopesToAdd": grant.added,
            "scopesToSuppress": grant.removed,
        } } });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(source: &str, attributes: &Value) -> PreTokenEvent {
        PreTokenEvent(json!({
            "version": "3",
            "triggerSource": source,
            "region": "us-east-1",
            "userPoolId": "us-east-1_1",
            "userName": "alice",
            "callerContext": { "awsSdkVersion": "1", "clientId": "c-1" },
            "request": { "userAttributes": attributes, "scopes": ["openid"] },
            "response": { "claimsAndScopeOverrideDetails": null },
        }))
    }

    #[test]
    fn a_person_is_named_by_the_subject_and_a_machine_by_its_client_id() {
        let person =
            event("TokenGeneration_Authentication", &json!({ "sub": "s-1", "email": "a@example.com" }));
        let request = |id: &str, is_person| {
            Ok(TokenRequest { id: id.to_owned(), is_person, requested: vec!["openid".to_owned()] })
        };
        assert_eq!(person.request(), request("s-1", true));
        assert_eq!(event(CLIENT_CREDENTIALS, &json!({})).request(), request("c-1", false));
        let mut machine = event(CLIENT_CREDENTIALS, &json!({}));
        machine.0["request"].as_object_mut().expect("an object").remove("userAttributes");
        assert_eq!(machine.request(), request("c-1", false));
    }

    #[test]
    fn another_event_is_an_error() {
        let of_version_1 = {
            let mut event = event("TokenGeneration_Authentication", &json!({ "sub": "s-1" }));
            event.0["request"].as_object_mut().expect("an object").remove("scopes");
            event
        };
        let without_subject = event("TokenGeneration_Authentication", &json!({}));
        for event in [of_version_1, without_subject, PreTokenEvent(json!({})), PreTokenEvent(json!([]))] {
            assert_eq!(event.request(), Err(NotATokenRequest), "{event:?}");
        }
    }

    #[test]
    fn the_response_is_the_event_with_the_grant() {
        let event = event("TokenGeneration_Authentication", &json!({ "sub": "s-1" }));
        let grant = Grant {
            tenant: Some("acme".parse().expect("a tenant")),
            added: vec!["orders/orders:own".to_owned()],
            removed: vec!["openid".to_owned()],
        };
        let response = event.clone().respond(&grant).0;
        let token = &response["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"];
        assert_eq!(token["claimsToAddOrOverride"], json!({ "tenant": "acme" }));
        assert_eq!(token["scopesToAdd"], json!(["orders/orders:own"]));
        assert_eq!(token["scopesToSuppress"], json!(["openid"]));
        assert_eq!(
            (&response["request"], &response["userPoolId"]),
            (&event.0["request"], &event.0["userPoolId"])
        );
        let of_nobody = event.respond(&Grant::default()).0;
        let token = &of_nobody["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"];
        assert_eq!(token["claimsToAddOrOverride"], json!({}));
    }
}
