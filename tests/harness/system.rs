//! System of all functions behind a gateway, on the shared servers or on proxies in front of them.

use crate::gateway::Gateway;
use crate::sdk_config::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY};
use crate::{Api, Function, PayloadFormat, TestServers};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Key that signs the cursors of a system under test.
pub const CURSOR_KEY: &str = "a key for the cursors of the tests";

/// Text before the endpoint of a webhook in the name of its secret.
pub(crate) const PAYMENT_ENDPOINTS_PREFIX: &str = "orders-test/payment-endpoints/";

/// Text before the tenant in the name of the secret of an account at a payment provider.
pub const PAYMENT_ACCOUNTS_PREFIX: &str = "orders-test/payment-accounts/";

/// System under test. A function starts at its first invocation. Dropping the value stops the functions.
pub struct System {
    functions: Arc<Functions>,
    gateway: Gateway,
    database: String,
}

/// Builder of a [`System`].
pub struct SystemBuilder {
    mongo_uri: Option<String>,
    aws_endpoint_url: String,
    format: PayloadFormat,
    instances: usize,
    timeout: Duration,
    database: String,
    env_overrides: Vec<(String, String)>,
}

pub(crate) struct Functions {
    env: Vec<(String, String)>,
    instances: usize,
    timeout: Duration,
    running: Mutex<HashMap<&'static str, Arc<Function>>>,
    last_response_at: Mutex<Option<Instant>>,
}

impl System {
    /// Returns the system that tests without special settings share, with payload format 2.0.
    pub fn shared() -> &'static Self {
        static SYSTEM: OnceLock<System> = OnceLock::new();
        SYSTEM.get_or_init(|| Self::builder().instances(2).start())
    }

    /// Returns the shared system with payload format 1.0.
    pub fn shared_v1() -> &'static Self {
        static SYSTEM: OnceLock<System> = OnceLock::new();
        SYSTEM.get_or_init(|| Self::builder().format(PayloadFormat::V1).start())
    }

    /// Returns a builder of a separate system with its own database.
    #[must_use]
    pub fn builder() -> SystemBuilder {
        let servers = TestServers::shared();
        SystemBuilder {
            mongo_uri: Some(servers.mongo_uri.clone()),
            aws_endpoint_url: servers.aws_endpoint_url.clone(),
            format: PayloadFormat::V2,
            instances: 1,
            timeout: Duration::from_secs(10),
            database: format!("test-{}", Uuid::new_v4()),
            env_overrides: Vec::new(),
        }
    }

    /// Returns a client of the API.
    #[must_use]
    pub fn api(&self) -> Api {
        Api::new(&format!("http://{}", self.gateway.address))
    }

    /// Returns a function, for direct invocation.
    #[must_use]
    pub fn function(&self, name: &'static str) -> Arc<Function> {
        self.functions.get(name)
    }

    /// Creates the indexes, like each deployment.
    ///
    /// # Panics
    ///
    /// When they can't be created.
    pub async fn migrate(&self) {
        self.function("migrate").invoke(Value::Null).await.expect("indexes");
    }

    /// Returns the collection of orders, directly on the server (not through a proxy).
    ///
    /// # Panics
    ///
    /// When the address of the server is invalid.
    pub async fn orders(&self) -> mongodb::Collection<mongodb::bson::Document> {
        let client = mongodb::Client::with_uri_str(&TestServers::shared().mongo_uri).await.expect("a client");
        client.database(&self.database).collection("orders")
    }

    /// Returns the time of the latest response of a function.
    ///
    /// # Panics
    ///
    /// Before the first response.
    #[must_use]
    pub fn last_response_at(&self) -> Instant {
        self.functions.last_response_at.lock().expect("an unpoisoned mutex").expect("a response")
    }
}

impl SystemBuilder {
    /// Sets the address of DocumentDB, such as the one of a proxy.
    #[must_use]
    pub fn mongo_uri(mut self, uri: impl Into<String>) -> Self {
        self.mongo_uri = Some(uri.into());
        self
    }

    /// Leaves out the address of `DocumentDB`, for a system that reads it from a secret.
    #[must_use]
    pub fn without_mongo_uri(mut self) -> Self {
        self.mongo_uri = None;
        self
    }

    /// Sets the endpoint of AWS, such as the one of a proxy.
    #[must_use]
    pub fn aws_endpoint_url(mut self, url: impl Into<String>) -> Self {
        self.aws_endpoint_url = url.into();
        self
    }

    /// Sets the payload format; 2.0 by default.
    #[must_use]
    pub fn format(mut self, format: PayloadFormat) -> Self {
        self.format = format;
        self
    }

    /// Sets the number of processes of each function; 1 by default.
    #[must_use]
    pub fn instances(mut self, instances: usize) -> Self {
        self.instances = instances;
        self
    }

    /// Sets the timeout of the functions.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets an environment variable of the functions, in place of its default.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env_overrides.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Returns the environment of the functions.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let servers = TestServers::shared();
        let variables = [
            ("MONGO_DB", self.database.as_str()),
            ("IDEMPOTENCY_TABLE", &servers.idempotency_table),
            ("EVENT_BUS_NAME", &servers.event_bus_name),
            ("DEAD_LETTERS_URL", &servers.events_dead_letters_url),
            ("PAYMENT_ENDPOINTS_PREFIX", PAYMENT_ENDPOINTS_PREFIX),
            ("UNMATCHED_PAYMENTS_URL", &servers.unmatched_payments_url),
            ("PAYMENT_ACCOUNTS_PREFIX", PAYMENT_ACCOUNTS_PREFIX),
            ("PAYMENT_FACTS_URL", &servers.payment_facts_url),
            ("PAYMENT_REQUESTS_URL", &servers.payment_requests_url),
            ("ASYNC_ORDERS", "on"),
            ("ACCEPTED_ORDERS_URL", &servers.accepted_orders_url),
            ("ORDER_STATUS_TABLE", &servers.order_status_table),
            ("AUDIT_TABLE", &servers.audit_table),
            ("STATE_MACHINE_ARN", &servers.state_machine_arn),
            ("CURSOR_KEY", CURSOR_KEY),
            ("AUTH", "none"),
            ("SCREENING_TABLE", &servers.screening_table),
            ("CATALOG_TABLE", &servers.catalog_table),
            ("RATE_LIMIT_TABLE", &servers.rate_limit_table),
            ("RATE_LIMIT_PER_MINUTE", "0"),
            ("MACHINE_RATE_LIMIT_PER_MINUTE", "0"),
            ("IDENTITIES_TABLE", &servers.identities_table),
            ("USER_POOL_ID", &servers.user_pool_id),
            ("USER_POOL_CLIENT_ID", &servers.user_pool_client_id),
            ("AWS_ENDPOINT_URL", &self.aws_endpoint_url),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
            ("LOG_LEVEL", "debug"),
        ];
        let mut env: HashMap<String, String> =
            variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        env.extend(self.mongo_uri.iter().map(|uri| ("MONGO_URI".to_owned(), uri.clone())));
        env.extend(self.env_overrides.iter().cloned());
        env.into_iter().collect()
    }

    /// Starts the gateway. A function starts at its first invocation.
    #[must_use]
    pub fn start(self) -> System {
        let functions = Arc::new(Functions {
            env: self.environment(),
            instances: self.instances,
            timeout: self.timeout,
            running: Mutex::new(HashMap::new()),
            last_response_at: Mutex::new(None),
        });
        let gateway = Gateway::start(Arc::clone(&functions), self.format);
        System { functions, gateway, database: self.database }
    }
}

impl Functions {
    pub(crate) fn get(&self, name: &'static str) -> Arc<Function> {
        let mut running = self.running.lock().expect("an unpoisoned mutex");
        let start = || Arc::new(Function::start(name, &self.env, self.instances, self.timeout));
        Arc::clone(running.entry(name).or_insert_with(start))
    }

    pub(crate) fn record_response_time(&self, at: Instant) {
        *self.last_response_at.lock().expect("an unpoisoned mutex") = Some(at);
    }
}
