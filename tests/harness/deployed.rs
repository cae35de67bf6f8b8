//! MiniStack with what is deployed on it.

use crate::servers::serve;
use crate::{repository, without_package_variables};
use serde::Deserialize;
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
    /// Where the API is, when the whole stack is deployed.
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
            .env("NO_PROXY", "127.0.0.1")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN");
        without_package_variables(&mut command);
        command
    }

    /// The SDK's configuration for the emulator.
    #[must_use]
    pub fn sdk_config(&self) -> aws_config::SdkConfig {
        let credentials =
            aws_sdk_secretsmanager::config::Credentials::new("test", "test", None, None, "tests");
        aws_config::SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new("us-east-1"))
            .endpoint_url(&self.aws_endpoint_url)
            .credentials_provider(aws_sdk_secretsmanager::config::SharedCredentialsProvider::new(credentials))
            .http_client(orders_aws::http_client())
            .build()
    }
}
