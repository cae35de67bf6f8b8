//! Separate MiniStack, empty or with the deployed stack.

use crate::client::http_client;
use crate::sdk_config::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, credentials};
use crate::servers::start_local_stack;
use crate::{repository, without_package_variables};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::Method;
use serde::Deserialize;
use serde_json::Value;
use std::iter;
use std::process::{Child, Command};
use std::time::SystemTime;

/// Running emulator and database. Dropping the value stops both.
#[derive(Debug, Deserialize)]
pub struct Emulator {
    /// Connection string without a login and a database.
    pub mongo_uri: String,
    /// Endpoint of all services.
    pub aws_endpoint_url: String,
    /// ARN of the secret with the address and the login of the database.
    pub database_secret_arn: String,
    /// URL of the API, when the stack is deployed.
    pub api_url: Option<String>,
    #[serde(skip)]
    #[expect(dead_code, reason = "keeps the pipe open")]
    script: Option<Child>,
}

impl Emulator {
    /// Starts an emulator on which nothing is deployed.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn empty() -> Self {
        Self::start("empty")
    }

    /// Starts an emulator with the stack of `make run`.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn with_stack() -> Self {
        Self::start("whole")
    }

    fn start(stack: &str) -> Self {
        let (script, line) = start_local_stack(&["--stack".into(), stack.into()]);
        let addresses = serde_json::from_str(&line);
        let addresses: Self =
            addresses.expect("the addresses of the local stack; its error is printed above");
        Self { script: Some(script), ..addresses }
    }

    /// Returns a command that uses the emulator as AWS. It inherits the environment of this process.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(repository())
            .env("AWS_ENDPOINT_URL", &self.aws_endpoint_url)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .env("SAM_CLI_TELEMETRY", "0")
            .env("SAM_CLI_POLL_DELAY", "1")
            .env("NO_PROXY", "127.0.0.1")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN");
        without_package_variables(&mut command);
        command
    }

    /// Sends a signed request to the Lambda API, such as `GET` of `functions`, and returns the JSON response.
    ///
    /// `aws-sdk-lambda` is deliberately absent. It enables the event streams of the SDK's runtime, in every
    /// binary of the workspace.
    ///
    /// # Panics
    ///
    /// When the response is an error.
    pub async fn lambda(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let url = format!("{}/2015-03-31/{path}", self.aws_endpoint_url);
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request = http::Request::builder().method(method).uri(url).body(body).expect("a request");
        sign_for_lambda(&mut request);
        let request = request.try_into().expect("a request");
        let response = http_client().execute(request).await.expect("a response of AWS");
        let (status, text) = (response.status(), response.text().await.expect("a body"));
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }
}

/// Adds the headers of Signature Version 4.
fn sign_for_lambda(request: &mut http::Request<String>) {
    let identity = credentials().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("lambda")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .expect("every parameter is set");
    let (method, uri) = (request.method().as_str(), request.uri().to_string());
    let body = SignableBody::Bytes(request.body().as_bytes());
    let signable = SignableRequest::new(method, uri, iter::empty(), body).expect("a valid request");
    let signed = sign(signable, &params.into()).expect("a signature");
    signed.into_parts().0.apply_to_request_http1x(request);
}
