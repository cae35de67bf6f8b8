//! SecantusDB and MiniStack, started by the package that `make run` uses too.

use crate::{sdk_config, without_package_variables};
use aws_config::SdkConfig;
use serde::Deserialize;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Where the servers of this test process are.
#[derive(Debug, Deserialize)]
pub struct Servers {
    /// A connection string without a database.
    pub mongo_uri: String,
    /// The endpoint of DynamoDB, EventBridge and SQS.
    pub aws_endpoint_url: String,
    /// The table that template.yaml asks for.
    pub idempotency_table: String,
    /// The bus that template.yaml asks for.
    pub event_bus_name: String,
    /// The queue of events that the bus rejected time and again.
    pub events_dead_letters_url: String,
    /// The table of the audit subscriber.
    pub audit_table: String,
    /// The queue that gets every event of the bus.
    pub audit_queue_url: String,
    #[serde(skip)]
    #[expect(dead_code, reason = "held for its pipe")]
    script: Option<Child>,
}

/// The root of the repository.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

impl Servers {
    /// The servers that all tests of this process share. Tests keep apart by databases, keys
    /// and ids.
    pub fn shared() -> &'static Self {
        static SERVERS: OnceLock<Servers> = OnceLock::new();
        SERVERS.get_or_init(Self::start)
    }

    /// SDK configuration for the emulator of AWS.
    #[must_use]
    pub fn sdk_config(&self) -> SdkConfig {
        sdk_config(&self.aws_endpoint_url)
    }

    fn start() -> Self {
        let (script, line) = serve(&["--test-commands".into()]);
        let servers = serde_json::from_str(&line).expect("what the local stack says when it is up");
        Self { script: Some(script), ..servers }
    }
}

/// Starts the script of the local stack in memory, and waits for the line with which it says that
/// it is up. It ends, and its servers with it, when its pipe closes.
pub(crate) fn serve(options: &[OsString]) -> (Child, String) {
    let mut script = Command::new(python());
    script.args(["-m", "localstack", "serve"]).args(options).current_dir(repository());
    without_package_variables(&mut script);
    let mut script = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the virtual environment is there: make .venv/.run");
    let mut line = String::new();
    BufReader::new(script.stdout.take().expect("a pipe"))
        .read_line(&mut line)
        .expect("a line from the local stack");
    (script, line)
}

fn python() -> PathBuf {
    repository().join(".venv/bin/python")
}
