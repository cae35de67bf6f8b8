//! All functions behind a gateway, over the shared servers or over taps before them.

use crate::gateway::Gateway;
use crate::{Api, Function, PayloadFormat, Servers};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The key of the cursors of systems under test.
pub const CURSOR_KEY: &str = "a key for the cursors of the tests";

/// A whole system under test. Functions start when they are first called, and end with it.
pub struct System {
    functions: Arc<Functions>,
    gateway: Gateway,
    database: String,
}

/// How a system differs from the usual one.
pub struct SystemBuilder {
    mongo_uri: Option<String>,
    aws_endpoint_url: String,
    format: PayloadFormat,
    instances: usize,
    timeout: Duration,
    database: String,
    more_env: Vec<(String, String)>,
}

pub(crate) struct Functions {
    env: Vec<(String, String)>,
    instances: usize,
    timeout: Duration,
    running: Mutex<HashMap<&'static str, Arc<Function>>>,
    last_answer: Mutex<Option<Instant>>,
}

impl System {
    /// The system that tests without special wishes share: payload format 2.0.
    pub fn shared() -> &'static Self {
        static SYSTEM: OnceLock<System> = OnceLock::new();
        SYSTEM.get_or_init(|| Self::builder().instances(2).start())
    }

    /// The same with payload format 1.0.
    pub fn shared_v1() -> &'static Self {
        static SYSTEM: OnceLock<System> = OnceLock::new();
        SYSTEM.get_or_init(|| Self::builder().format(PayloadFormat::V1).start())
    }

    /// A system of one's own.
    #[must_use]
    pub fn builder() -> SystemBuilder {
        let servers = Servers::shared();
        SystemBuilder {
            mongo_uri: Some(servers.mongo_uri.clone()),
            aws_endpoint_url: servers.aws_endpoint_url.clone(),
            format: PayloadFormat::V2,
            instances: 1,
            timeout: Duration::from_secs(10),
            database: format!("test-{}", Uuid::new_v4()),
            more_env: Vec::new(),
        }
    }

    /// A client of the system's API.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&format!("http://{}", self.gateway.address))
    }

    /// One of the functions, to be invoked directly.
    #[must_use]
    pub fn function(&self, name: &'static str) -> Arc<Function> {
        self.functions.get(name)
    }

    /// Makes the indexes, as each deployment does.
    ///
    /// # Panics
    ///
    /// When they can't be made.
    pub async fn migrate(&self) {
        self.function("migrate").invoke(Value::Null).await.expect("indexes");
    }

    /// The collection of orders, as it is in the server (not through a proxy).
    ///
    /// # Panics
    ///
    /// When the server's address can't be used.
    pub async fn orders(&self) -> mongodb::Collection<mongodb::bson::Document> {
        let client = mongodb::Client::with_uri_str(&Servers::shared().mongo_uri).await.expect("a client");
        client.database(&self.database).collection("orders")
    }

    /// When the function that answered last had posted its answer.
    ///
    /// # Panics
    ///
    /// When none has.
    #[must_use]
    pub fn last_answer_at(&self) -> Instant {
        self.functions.last_answer.lock().expect("no panic").expect("an answer")
    }
}

impl SystemBuilder {
    /// Another address of DocumentDB, such as a proxy's.
    #[must_use]
    pub fn mongo_uri(mut self, uri: impl Into<String>) -> Self {
        self.mongo_uri = Some(uri.into());
        self
    }

    /// No address of `DocumentDB`: a secret says it.
    #[must_use]
    pub fn without_mongo_uri(mut self) -> Self {
        self.mongo_uri = None;
        self
    }

    /// Another endpoint of AWS, such as a proxy's.
    #[must_use]
    pub fn aws_endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.aws_endpoint_url = url.into();
        self
    }

    /// Another payload format than 2.0.
    #[must_use]
    pub fn format(mut self, format: PayloadFormat) -> Self {
        self.format = format;
        self
    }

    /// More than one process per function.
    #[must_use]
    pub fn instances(mut self, instances: usize) -> Self {
        self.instances = instances;
        self
    }

    /// The functions' timeout.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// A variable that overrides what the functions otherwise get.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.more_env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The environment of the functions.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let servers = Servers::shared();
        let variables = [
            ("MONGO_DB", self.database.as_str()),
            ("IDEMPOTENCY_TABLE", &servers.idempotency_table),
            ("EVENT_BUS_NAME", &servers.event_bus_name),
            ("DEAD_LETTERS_URL", &servers.events_dead_letters_url),
            ("AUDIT_TABLE", &servers.audit_table),
            ("CURSOR_KEY", CURSOR_KEY),
            ("AWS_ENDPOINT_URL", &self.aws_endpoint_url),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("LOG_LEVEL", "debug"),
        ];
        let mut env: HashMap<String, String> =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        env.extend(self.mongo_uri.iter().map(|uri| ("MONGO_URI".to_owned(), uri.clone())));
        env.extend(self.more_env.iter().cloned());
        env.into_iter().collect()
    }

    /// Starts the gateway; the functions follow when they are needed.
    #[must_use]
    pub fn start(self) -> System {
        let functions = Arc::new(Functions {
            env: self.environment(),
            instances: self.instances,
            timeout: self.timeout,
            running: Mutex::new(HashMap::new()),
            last_answer: Mutex::new(None),
        });
        let gateway = Gateway::start(Arc::clone(&functions), self.format);
        System { functions, gateway, database: self.database }
    }
}

impl Functions {
    pub(crate) fn get(&self, name: &'static str) -> Arc<Function> {
        let mut running = self.running.lock().expect("no panic");
        let start = || Arc::new(Function::start(name, &self.env, self.instances, self.timeout));
        Arc::clone(running.entry(name).or_insert_with(start))
    }

    pub(crate) fn note_answer(&self, at: Instant) {
        *self.last_answer.lock().expect("no panic") = Some(at);
    }
}
