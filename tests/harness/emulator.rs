//! Separate MiniStack, empty or with the deployed stack.

use crate::sdk_config::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, sdk_config};
use crate::servers::start_local_stack;
use crate::{repository, without_package_variables};
use http::Method;
use platform_aws::SignedClient;
use serde::Deserialize;
use serde_json::Value;
use std::process::{Child, Command};
use std::time::Duration;

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
    /// # Panics
    ///
    /// When the response is an error.
    pub async fn lambda(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = http::Request::builder().method(method).uri(format!("/2015-03-31/{path}")).body(body);
        let client = SignedClient::new(&sdk_config(&self.aws_endpoint_url));
        let response = client.send("lambda", request.expect("a request"), Duration::from_mins(1)).await;
        let response = response.expect("a response of AWS");
        let (status, text) = (response.status(), String::from_utf8_lossy(response.body()).into_owned());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }
}
