//! Separate MiniStack, empty or with the deployed stack.

use crate::sdk_config::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, sdk_config};
use crate::servers::start_local_stack;
use crate::{repository, without_package_variables};
use http::Method;
use platform_aws::SignedClient;
use serde::Deserialize;
use serde_json::Value;
use std::process::{Child, Command, Output};
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
        Self::start("empty", "none", &[])
    }

    /// Starts an emulator with the stack of `make run`.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn with_stack() -> Self {
        Self::start("whole", "none", &[])
    }

    /// Starts an emulator with the stack of `make run AUTH=cognito`.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn with_authentication() -> Self {
        Self::start("whole", "cognito", &[])
    }

    /// Starts an emulator with the stack of `make run`, and with more variables of it.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn with_settings(settings: &[(&str, &str)]) -> Self {
        Self::start("whole", "none", settings)
    }

    fn start(stack: &str, auth: &str, settings: &[(&str, &str)]) -> Self {
        let (script, line) = start_local_stack(&["--stack".into(), stack.into()], auth, settings);
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

    /// Runs a command of `infra/identities.py` for a stack, and returns its output. Without an error, it is one token or one
    /// line for each value.
    ///
    /// # Errors
    ///
    /// The error text of the command.
    pub fn identities(&self, stack: &str, arguments: &[&str]) -> Result<String, String> {
        let mut command = self.command(".venv/bin/python");
        command.arg("infra/identities.py").args(["--stack", stack, "--audience"]);
        let output = command.arg(format!("/{stack}/jwt-audience")).args(arguments).output();
        let Output { status, stdout, stderr } = output.expect("the command starts");
        let text = |bytes| String::from_utf8(bytes).expect("text").trim().to_owned();
        if status.success() { Ok(text(stdout)) } else { Err(text(stderr)) }
    }

    /// Returns an access token of a machine.
    ///
    /// # Panics
    ///
    /// When the stack has no identities.
    #[must_use]
    pub fn token(&self, stack: &str, tenant: &str, scopes: &str) -> String {
        self.identities(stack, &["token", "--tenant", tenant, "--scopes", scopes]).expect("a token")
    }

    /// Returns an access token of a person.
    ///
    /// # Panics
    ///
    /// When the stack has no identities.
    #[must_use]
    pub fn token_of(&self, stack: &str, person: &str, tenant: &str, scopes: &str) -> String {
        let arguments = ["token", "--user", person, "--tenant", tenant, "--scopes", scopes];
        self.identities(stack, &arguments).expect("a token")
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
