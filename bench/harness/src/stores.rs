//! What stands behind the functions: stubs, or the servers of the local stack.

use crate::fault::Fault;
use crate::stub::{self, CANNED_ORDER_ID};
use mongodb::bson::Document;
use mongodb::{Client, Collection};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The stores of some cases; they end with this.
pub(crate) struct Stores {
    mongo_uri: String,
    aws_endpoint_url: String,
    idempotency_table: String,
    event_bus_name: String,
    kind: Kind,
}

enum Kind {
    Stubs { delay: Duration },
    Real { orders: Collection<Document>, made: AtomicU64, script: Child },
}

/// The database of a run.
const DATABASE: &str = "bench";

impl Stores {
    /// Stubs that answer everything after `delay`.
    pub(crate) async fn stubs(delay: Duration) -> Result<Self, Fault> {
        let mongo = stub::mongo(delay).await.map_err(Fault::io("the MongoDB stub"))?;
        let aws = stub::aws(delay).await.map_err(Fault::io("the AWS stub"))?;
        Ok(Self {
            mongo_uri: format!("mongodb://{mongo}/"),
            aws_endpoint_url: format!("http://{aws}"),
            idempotency_table: "idempotency-keys".into(),
            event_bus_name: "orders".into(),
            kind: Kind::Stubs { delay },
        })
    }

    /// The servers that the tests use, in memory.
    pub(crate) async fn real() -> Result<Self, Fault> {
        let mut script = Command::new(".venv/bin/python")
            .args(["localstack/stack.py", "serve", "--data", ":memory:"])
            .args(["--mongo-port", "0", "--aws-port", "0"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Fault::io("the local stack (make .venv/.run)"))?;
        let mut line = String::new();
        if let Some(output) = script.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(Fault::io("the local stack"))?;
        }
        let facts: Value = serde_json::from_str(&line).map_err(|error| Fault::Stores(error.to_string()))?;
        let fact = |name: &str| facts[name].as_str().unwrap_or_default().to_owned();
        let mongo_uri = fact("mongo_uri");
        let failed = |error: mongodb::error::Error| Fault::Stores(error.to_string());
        let client = Client::with_uri_str(&mongo_uri).await.map_err(failed)?;
        Ok(Self {
            mongo_uri,
            aws_endpoint_url: fact("aws_endpoint_url"),
            idempotency_table: fact("idempotency_table"),
            event_bus_name: fact("event_bus_name"),
            kind: Kind::Real {
                orders: client.database(DATABASE).collection("orders"),
                made: AtomicU64::default(),
                script,
            },
        })
    }

    /// The name in reports.
    pub(crate) fn label(&self) -> String {
        match &self.kind {
            Kind::Stubs { delay } => format!("{} ms", delay.as_millis()),
            Kind::Real { .. } => "SecantusDB and moto".into(),
        }
    }

    /// The id of an order that is there and was never changed.
    pub(crate) async fn order(&self) -> Result<String, Fault> {
        let Kind::Real { orders, made, .. } = &self.kind else {
            return Ok(CANNED_ORDER_ID.to_owned());
        };
        let id = format!("019c1363-49c0-7101-8101-{:012x}", made.fetch_add(1, Ordering::Relaxed));
        let inserted = orders.insert_one(stub::canned_order(&id)).await;
        inserted.map_err(|error| Fault::Stores(error.to_string()))?;
        Ok(id)
    }

    /// The environment of the functions, but for the runtime API.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let variables = [
            ("MONGO_URI", self.mongo_uri.as_str()),
            ("MONGO_DB", DATABASE),
            ("IDEMPOTENCY_TABLE", &self.idempotency_table),
            ("EVENT_BUS_NAME", &self.event_bus_name),
            ("AWS_ENDPOINT_URL", &self.aws_endpoint_url),
            ("AWS_REGION", "us-east-1"),
            // Lambda sets both; boto3 reads this one.
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("LOG_LEVEL", "info"),
            ("LANG", "en_US.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ];
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

impl Drop for Stores {
    fn drop(&mut self) {
        if let Kind::Real { script, .. } = &mut self.kind {
            // The script stops its servers, and ends, when its stdin closes.
            drop(script.stdin.take());
            let _ = script.wait();
        }
    }
}
