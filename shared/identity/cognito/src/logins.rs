//! Logins.

use aws_config::SdkConfig;
use http::StatusCode;
use identity_domain::{Credentials, LoginError, Logins, Tokens};
use kernel::{BoxError, PortError};
use platform_aws::{JsonService, SignedClient};
use platform_settings::{Environment, InvalidSetting};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const COGNITO: JsonService =
    JsonService { name: "cognito-idp", target: "AWSCognitoIdentityProviderService", protocol: "1.1" };
/// Deadline of a login, which waits for the function that puts the claims into the token.
const TIMEOUT: Duration = Duration::from_secs(8);

/// Errors of Cognito that don't tell a caller which part of the credentials is wrong.
const REFUSALS: &[&str] = &[
    "NotAuthorizedException",
    "UserNotFoundException",
    "UserNotConfirmedException",
    "PasswordResetRequiredException",
];

/// User pool, and the application of people in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CognitoSettings {
    pool: String,
    client: String,
}

impl CognitoSettings {
    /// Reads `USER_POOL_ID` and `USER_POOL_CLIENT_ID`. Both are required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when one is missing or malformed.
    pub fn from_environment(env: &Environment) -> Result<Self, InvalidSetting> {
        let pool = env.name("USER_POOL_ID", 1, 55, "_-")?;
        Ok(Self { pool, client: env.name("USER_POOL_CLIENT_ID", 1, 128, "_+")? })
    }
}

/// Logins by `AdminInitiateAuth` (Amazon Cognito user pools API reference). Unlike `InitiateAuth` it requires a permission,
/// so that nobody can send passwords to Cognito and bypass the limits of this API.
#[derive(Debug)]
pub struct CognitoLogins {
    client: SignedClient,
    settings: CognitoSettings,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    authentication_result: Option<AuthenticationResult>,
    challenge_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AuthenticationResult {
    access_token: String,
    expires_in: u64,
    refresh_token: String,
}

impl CognitoLogins {
    /// Creates a client. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: CognitoSettings) -> Self {
        Self { client: SignedClient::new(config), settings }
    }

    fn request(&self, credentials: &Credentials) -> Value {
        let CognitoSettings { pool, client } = &self.settings;
        json!({
            "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
            "UserPoolId": pool,
            "ClientId": client,
            "AuthParameters": {
                "USERNAME": credentials.username.as_str(),
                "PASSWORD": credentials.password.expose(),
            },
        })
    }
}

impl Logins for CognitoLogins {
    async fn log_in(&self, credentials: &Credentials) -> Result<Tokens, LoginError> {
        let request = self.request(credentials);
        let response = self.client.call(&COGNITO, "AdminInitiateAuth", &request, TIMEOUT).await;
        let response = response.map_err(unavailable)?;
        read(response.status(), response.body())
    }
}

/// Reads the response of Cognito.
fn read(status: StatusCode, body: &[u8]) -> Result<Tokens, LoginError> {
    if status.is_success() {
        let answer: Answer = serde_json::from_slice(body).map_err(|error| unreadable(error.into()))?;
        return match (answer.authentication_result, answer.challenge_name) {
            (Some(AuthenticationResult { access_token, expires_in, refresh_token }), _) => {
                Ok(Tokens { access_token, expires_in_s: expires_in, refresh_token })
            }
            (None, Some(challenge)) => Err(LoginError::StepRequired(challenge)),
            (None, None) => Err(unreadable("neither tokens nor a challenge".into())),
        };
    }
    let kind = JsonService::error_type(body);
    if status == StatusCode::BAD_REQUEST && REFUSALS.contains(&kind.as_str()) {
        Err(LoginError::InvalidCredentials)
    } else {
        // Not the body, which can contain the name.
        Err(unavailable(format!("Cognito responded with {status} {kind}").into()))
    }
}

fn unavailable(source: BoxError) -> LoginError {
    LoginError::Issuer(PortError::Unavailable { dependency: "Cognito", source })
}

fn unreadable(source: BoxError) -> LoginError {
    LoginError::Issuer(PortError::Unreadable { dependency: "Cognito", source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_400(kind: &str) -> Result<Tokens, LoginError> {
        read(StatusCode::BAD_REQUEST, json!({ "__type": kind, "message": "alice" }).to_string().as_bytes())
    }

    #[test]
    fn every_refusal_of_the_credentials_is_the_same() {
        for kind in REFUSALS {
            assert!(matches!(read_400(kind), Err(LoginError::InvalidCredentials)), "{kind}");
            let with_namespace = format!("com.amazonaws.cognito#{kind}");
            assert!(matches!(read_400(&with_namespace), Err(LoginError::InvalidCredentials)), "{kind}");
        }
    }

    #[test]
    fn another_error_is_one_of_the_issuer_and_names_nobody() {
        for kind in
            ["TooManyRequestsException", "InvalidParameterException", "UserLambdaValidationException", ""]
        {
            let error = read_400(kind).expect_err(kind);
            assert!(matches!(&error, LoginError::Issuer(PortError::Unavailable { .. })), "{kind}");
            assert!(!kernel::ErrorChain(&error).to_string().contains("alice"));
        }
        for body in ["", "{}", "[]", "not JSON"] {
            assert!(matches!(read(StatusCode::OK, body.as_bytes()), Err(LoginError::Issuer(_))), "{body}");
            let error = read(StatusCode::INTERNAL_SERVER_ERROR, body.as_bytes());
            assert!(matches!(error, Err(LoginError::Issuer(_))), "{body}");
        }
    }

    #[test]
    fn a_success_has_tokens_or_another_step() {
        let tokens = json!({ "AuthenticationResult": {
            "AccessToken": "a", "IdToken": "i", "RefreshToken": "r", "ExpiresIn": 3_600, "TokenType": "Bearer",
        } });
        let tokens = read(StatusCode::OK, tokens.to_string().as_bytes()).expect("tokens");
        assert_eq!((tokens.access_token.as_str(), tokens.expires_in_s), ("a", 3_600));
        let challenge = br#"{"ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"x"}"#;
        let error = read(StatusCode::OK, challenge).expect_err("a step");
        assert_eq!(error.to_string(), "the issuer requires NEW_PASSWORD_REQUIRED");
    }

    #[test]
    fn the_settings_are_required() {
        let read = |variables: &'static [(&'static str, &'static str)]| {
            let env = Environment::from_lookup(|name| {
                variables.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned())
            });
            CognitoSettings::from_environment(&env)
        };
        assert!(read(&[("USER_POOL_ID", "eu-central-1_aB"), ("USER_POOL_CLIENT_ID", "a1")]).is_ok());
        for variables in [&[][..], &[("USER_POOL_ID", "eu-central-1_aB")], &[("USER_POOL_CLIENT_ID", "a1")]] {
            assert!(read(variables).is_err(), "{variables:?}");
        }
    }
}
