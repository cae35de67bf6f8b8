//! MiniStack with what is deployed on it.

use crate::aws_call::http_client;
use crate::servers::serve;
use crate::{repository, without_package_variables};
use http::Method;
use serde::Deserialize;
use serde_json::Value;
use std::process::{Child, Command};

/// A running emulator beside a database; both end with this.
#[derive(Debug, Deserialize)]
pub struct Emulator {
    /// A connection string without a login and a database.
    pub mongo_uri: String,
    /// The endpoint of all services.
    pub aws_endpoint_url: String,
    /// The secret that says where the database is and who may log in.
    pub database_secret_arn: String,
    /// URL of the API, when the whole stack is deployed.
    pub api_url: Option<String>,
    #[serde(skip)]
    #[expect(dead_code, reason = "held for its pipe")]
    script: Option<Child>,
}

impl Emulator {
    /// An emulator on which nothing is deployed.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn empty() -> Self {
        Self::start("empty")
    }

    /// An emulator with the whole stack, as `make run` has it.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn with_stack() -> Self {
        Self::start("whole")
    }

    fn start(stack: &str) -> Self {
        let (script, line) = serve(&["--stack".into(), stack.into()]);
        let facts: Self =
            serde_json::from_str(&line).expect("a line from the local stack; what went wrong is above");
        Self { script: Some(script), ..facts }
    }

    /// A command that takes the emulator for AWS, with the whole environment of this process.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(repository())
            .env("AWS_ENDPOINT_URL", &self.aws_endpoint_url)
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("SAM_CLI_TELEMETRY", "0")
            .env("SAM_CLI_POLL_DELAY", "1")
            .env("NO_PROXY", "127.0.0.1")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN");
        without_package_variables(&mut command);
        command
    }

    /// A call of Lambda's API, which answers in JSON, such as `GET` of `functions`.
    ///
    /// # Panics
    ///
    /// When the answer is an error.
    pub async fn lambda(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let url = format!("{}/2015-03-31/{path}", self.aws_endpoint_url);
        let credential = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request";
        let request = http_client().request(method, url).header("authorization", credential);
        let body = body.map(Value::to_string).unwrap_or_default();
        let response = request.body(body).send().await.expect("AWS answers");
        let (status, text) = (response.status(), response.text().await.expect("a body"));
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }
}
