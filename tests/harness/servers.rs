//! SecantusDB and MiniStack, started by the Python package of `make run`.

use crate::{sdk_config, without_package_variables};
use aws_config::SdkConfig;
use serde::Deserialize;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Addresses of the servers of this test process.
#[derive(Debug, Deserialize)]
pub struct TestServers {
    /// Connection string without a database.
    pub mongo_uri: String,
    /// Endpoint of DynamoDB, EventBridge, Secrets Manager and SQS.
    pub aws_endpoint_url: String,
    /// Table of the idempotency claims, as in template.yaml.
    pub idempotency_table: String,
    /// Name of the event bus, as in template.yaml.
    pub event_bus_name: String,
    /// URL of the dead-letter queue for events that the bus keeps rejecting.
    pub events_dead_letters_url: String,
    /// URL of the queue for notifications of providers without an order.
    pub unmatched_payments_url: String,
    /// URL of the queue for answers of payment providers.
    pub payment_facts_url: String,
    /// URL of the queue of requests to payment providers, which nobody consumes.
    pub payment_requests_url: String,
    /// URL of the queue of accepted orders, which nobody consumes.
    pub accepted_orders_url: String,
    /// Table of the statuses for readers without a token.
    pub order_status_table: String,
    /// Table of products and their stock.
    pub catalog_table: String,
    /// Table of the rate limits.
    pub rate_limit_table: String,
    /// Table of the counters for the screening.
    pub screening_table: String,
    /// Table of the identities.
    pub identities_table: String,
    /// Id of the user pool.
    pub user_pool_id: String,
    /// Client of the people in the user pool.
    pub user_pool_client_id: String,
    /// Table of the audit subscriber.
    pub audit_table: String,
    /// State machine of the workflow.
    pub state_machine_arn: String,
    /// URL of the queue that gets every event of the bus.
    pub audit_queue_url: String,
    #[serde(skip)]
    #[expect(dead_code, reason = "keeps the pipe open")]
    script: Option<Child>,
}

/// Returns the root folder of the repository.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a package in a folder of the repository")
}

impl TestServers {
    /// Returns the servers that all tests of this process share. Each test uses its own databases, keys and
    /// ids.
    pub fn shared() -> &'static Self {
        static SERVERS: OnceLock<TestServers> = OnceLock::new();
        SERVERS.get_or_init(Self::start)
    }

    /// Returns the SDK configuration for the emulator of AWS.
    #[must_use]
    pub fn sdk_config(&self) -> SdkConfig {
        sdk_config(&self.aws_endpoint_url)
    }

    fn start() -> Self {
        let (script, line) = start_local_stack(&["--test-commands".into()], "none", &[]);
        let servers = serde_json::from_str(&line).expect("the addresses of the local stack");
        Self { script: Some(script), ..servers }
    }
}

/// Starts the local stack in memory, and waits for the line with its addresses.
///
/// The process ends with its servers when its pipe closes.
pub(crate) fn start_local_stack(
    options: &[OsString],
    auth: &str,
    settings: &[(&str, &str)],
) -> (Child, String) {
    let mut script = Command::new(python());
    script.args(["-m", "localstack", "serve"]).args(options).current_dir(repository()).env("AUTH", auth);
    script.envs(settings.iter().copied());
    // A person of a test may send more requests than the default limit allows.
    script.env("RATE_LIMIT_PER_MINUTE", if auth == "none" { "" } else { "5000" });
    without_package_variables(&mut script);
    let mut script = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the virtual environment exists: make .venv/.run");
    let mut line = String::new();
    BufReader::new(script.stdout.take().expect("a pipe"))
        .read_line(&mut line)
        .expect("a line from the local stack");
    (script, line)
}

fn python() -> PathBuf {
    repository().join(".venv/bin/python")
}
