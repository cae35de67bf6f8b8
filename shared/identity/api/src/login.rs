//! `POST /login`: exchanges name and password for tokens.

use crate::body::parse_credentials;
use crate::problems;
use http::StatusCode;
use identity_domain::{Logins, Username};
use platform_http::openapi::{Content, Operation, RequestBody, Success};
use platform_http::{
    Access, Anyone, Bucket, Handler, Problem, ProblemType, Rate, RateLimiter, Request, Response, Route,
    source,
};
use serde_json::json;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Route of the handler.
pub const LOGIN: Route = Route {
    methods: &["POST"],
    path: "/login",
    function: "login",
    access: Access::Public,
    problems: &[
        ProblemType::OF_STORES,
        ProblemType::OF_BODIES,
        &[ProblemType::RATE_LIMITED, problems::INVALID_CREDENTIALS, problems::LOGIN_STEP_REQUIRED],
    ],
    describe,
};

/// Dependencies of the handler for `POST /login`.
#[derive(Debug)]
pub struct Login<I, L> {
    /// Issuer of the tokens.
    pub issuer: I,
    /// Counter of the attempts.
    pub limiter: L,
}

const fn rate(requests: u32, period: Duration) -> Rate {
    Rate { requests: NonZeroU32::new(requests).expect("not zero"), period }
}

/// Attempts from an address.
const OF_ADDRESS: Rate = rate(20, Duration::from_mins(1));
/// Attempts for a name from an address.
const OF_NAME_AND_ADDRESS: Rate = rate(5, Duration::from_mins(1));
/// Attempts for a name.
const OF_NAME: Rate = rate(50, Duration::from_hours(1));

/// Returns the limits of an attempt, in the order in which they count it. One that is refused counts towards no further
/// limit, so that an address can't use up the attempts of others.
fn buckets(address: &str, username: &Username) -> [Bucket; 3] {
    let name = username.as_str();
    // An address has no `#`.
    [
        Bucket { key: format!("login#address#{address}"), rate: OF_ADDRESS },
        Bucket { key: format!("login#address-name#{address}#{name}"), rate: OF_NAME_AND_ADDRESS },
        Bucket { key: format!("login#name#{name}"), rate: OF_NAME },
    ]
}

impl<I, L> Handler for Login<I, L>
where
    I: Logins + Send + Sync + 'static,
    L: RateLimiter + 'static,
{
    const ACTION: &'static str = "login";

    type Caller = Anyone;

    fn routes(&self) -> &'static [Route] {
        crate::ROUTES
    }

    async fn handle(self: Arc<Self>, request: Arc<Request>, _: Anyone) -> Result<Response, Problem> {
        let credentials = parse_credentials(request.json_body()?)?;
        for bucket in buckets(&source(&request), &credentials.username) {
            self.limiter.admit(&bucket).await.map_err(|limited| Problem::rate_limited(limited.wait))?;
        }
        let tokens = self.issuer.log_in(&credentials).await.map_err(|error| problems::of_login(&error))?;
        let body = json!({
            "access_token": tokens.access_token,
            "token_type": "Bearer",
            "expires_in": tokens.expires_in_s,
            "refresh_token": tokens.refresh_token,
        });
        Ok(Response::json(StatusCode::OK, body.to_string()))
    }
}

fn describe() -> Operation {
    let example = json!({ "access_token": "eyJ…", "token_type": "Bearer", "expires_in": 3_600, "refresh_token": "eyJ…" });
    Operation {
        id: "logIn",
        tag: "Login",
        summary: "Log in with a name and a password",
        description: "Only in a deployment with `Auth=cognito`. An attempt counts also if it fails: 5 in a minute for \
            a name from one address, 20 in a minute from an address, 50 in an hour for a name.",
        body: Some(RequestBody {
            schema: "Credentials",
            example: json!({ "username": "alice", "password": "a long password" }),
        }),
        responses: vec![Success {
            status: "200",
            description: "Tokens for `Authorization: Bearer`",
            headers: &["Cache-Control", "X-Request-Id"],
            content: Content::Json { schema: "Tokens", example },
        }],
        ..Operation::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::BoxFuture;
    use identity_domain::{Credentials, LoginError, Tokens};
    use platform_http::RateLimited;
    use std::collections::HashMap;
    use std::sync::Mutex;

    /// Issuer that knows one person.
    struct OnePerson;

    impl Logins for OnePerson {
        async fn log_in(&self, credentials: &Credentials) -> Result<Tokens, LoginError> {
            match (credentials.username.as_str(), credentials.password.expose()) {
                ("alice", "right") => Ok(Tokens {
                    access_token: "a".to_owned(),
                    expires_in_s: 3_600,
                    refresh_token: "r".to_owned(),
                }),
                ("alice", "old") => Err(LoginError::StepRequired("NEW_PASSWORD_REQUIRED".to_owned())),
                _ => Err(LoginError::InvalidCredentials),
            }
        }
    }

    /// Limiter that admits the burst of each bucket, and nothing afterwards.
    #[derive(Default)]
    struct Bursts(Mutex<HashMap<String, u32>>);

    impl RateLimiter for Bursts {
        fn admit<'a>(&'a self, bucket: &'a Bucket) -> BoxFuture<'a, Result<(), RateLimited>> {
            let mut counts = self.0.lock().expect("a lock");
            let count = counts.entry(bucket.key.clone()).or_default();
            let is_admitted = *count < bucket.rate.requests.get();
            *count += u32::from(is_admitted);
            let wait = bucket.rate.period / bucket.rate.requests.get();
            Box::pin(async move { if is_admitted { Ok(()) } else { Err(RateLimited { wait }) } })
        }
    }

    async fn log_in(login: &Arc<Login<OnePerson, Bursts>>, body: &str) -> Result<Response, Problem> {
        let request = http::Request::post("/login").header("content-type", "application/json");
        let request = request.body(lambda_http::Body::from(body)).expect("a request");
        Arc::clone(login).handle(Arc::new(Request::new(request)), Anyone).await
    }

    fn credentials(username: &str, password: &str) -> String {
        json!({ "username": username, "password": password }).to_string()
    }

    fn login() -> Arc<Login<OnePerson, Bursts>> {
        Arc::new(Login { issuer: OnePerson, limiter: Bursts::default() })
    }

    #[tokio::test]
    async fn a_refusal_does_not_tell_which_part_is_wrong() {
        let login = login();
        assert!(log_in(&login, &credentials("Alice", "right")).await.is_ok());
        let wrong_name = log_in(&login, &credentials("bob", "right")).await.expect_err("no such person");
        let wrong_password =
            log_in(&login, &credentials("alice", "wrong")).await.expect_err("a wrong password");
        assert_eq!(wrong_name.kind(), problems::INVALID_CREDENTIALS);
        assert_eq!(
            (wrong_name.kind(), wrong_name.detail()),
            (wrong_password.kind(), wrong_password.detail())
        );
        let step = log_in(&login, &credentials("alice", "old")).await.expect_err("another step");
        assert_eq!(step.kind(), problems::LOGIN_STEP_REQUIRED);
    }

    #[tokio::test]
    async fn attempts_are_limited_by_name_and_address() {
        let login = login();
        for _ in 0..5 {
            assert_eq!(
                log_in(&login, &credentials("bob", "x")).await.expect_err("wrong").code(),
                "invalid-credentials"
            );
        }
        // The right password and another spelling make no difference.
        for name in ["bob", "BOB"] {
            assert_eq!(
                log_in(&login, &credentials(name, "x")).await.expect_err("limited").code(),
                "rate-limited"
            );
        }
        for attempt in 0..20 {
            let result = log_in(&login, &credentials(&format!("user-{attempt}"), "x")).await;
            let expected = if attempt < 13 { "invalid-credentials" } else { "rate-limited" };
            assert_eq!(result.expect_err("an error").code(), expected, "{attempt}");
        }
        let counts = login.limiter.0.lock().expect("a lock");
        assert_eq!(counts["login#name#bob"], 5, "a refused attempt counts towards no further limit");
    }

    #[tokio::test]
    async fn bad_input_is_named_and_counts_as_no_attempt() {
        let login = login();
        for (body, code) in [
            ("", "malformed-body"),
            ("{}", "invalid-body"),
            (r#"{"username":"alice"}"#, "invalid-body"),
            (r#"{"username":"alice","password":1}"#, "invalid-body"),
            (r#"{"username":"a b","password":"x"}"#, "invalid-body"),
            (r#"{"username":"alice","password":"x","otp":"1"}"#, "invalid-body"),
            (&credentials("alice", &"x".repeat(257)), "invalid-body"),
            (&credentials("alice", &"x".repeat(1_000_000)), "body-too-large"),
        ] {
            assert_eq!(log_in(&login, body).await.expect_err("an error").code(), code, "{body:.40}");
        }
        assert!(login.limiter.0.lock().expect("a lock").is_empty());
    }
}
