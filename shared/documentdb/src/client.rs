//! The connection, set up for Lambda.

use crate::error::unavailable;
use mongodb::bson::{Document, doc};
use mongodb::options::{
    Acknowledgment, ClientOptions, ReadPreference, SelectionCriteria, ServerMonitoringMode, WriteConcern,
};
use mongodb::{Client, Collection, Database};
use orders::ports::{PortError, Probe};
use orders_settings::{Environment, InvalidSetting};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Connecting, and finding a primary.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// One operation, whatever it does. The driver has no socket timeout, so this is the only bound
/// on a server that hangs.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);
/// A Lambda handles one request at a time; health asks beside it.
const MAX_POOL_SIZE: u32 = 2;
/// Below the idle limits on the way, so that we close a connection before the network does.
const MAX_IDLE_TIME: Duration = Duration::from_mins(1);

/// The orders of a database, connected.
#[derive(Clone, Debug)]
pub struct DocumentDb {
    database: Database,
    orders: Collection<Document>,
}

impl DocumentDb {
    /// Sets up a client of the database that the environment names. Nothing is sent yet:
    /// [`Probe::probe`] opens the first connection.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when a variable is missing or malformed.
    pub async fn from_environment(env: &Environment) -> Result<Self, InvalidSetting> {
        let (uri, name) = (env.mongo_uri()?, env.mongo_db()?);
        let invalid = |error| InvalidSetting::new(Environment::MONGO_URI, error);
        let mut options = ClientOptions::parse(uri.expose()).await.map_err(invalid)?;
        options.app_name.get_or_insert_with(|| "orders".to_owned());
        options.connect_timeout = Some(CONNECT_TIMEOUT);
        options.server_selection_timeout = Some(CONNECT_TIMEOUT);
        options.max_pool_size = Some(MAX_POOL_SIZE);
        options.max_idle_time = Some(MAX_IDLE_TIME);
        // A frozen process can't keep a heartbeat stream open.
        options.server_monitoring_mode = Some(ServerMonitoringMode::Poll);
        // DocumentDB has no retryable writes before 8.0; ours are safe to repeat by themselves.
        options.retry_writes = Some(false);
        options.write_concern = Some(WriteConcern::builder().w(Acknowledgment::Majority).build());
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        let database = Client::with_options(options).map_err(invalid)?.database(&name);
        Ok(Self { orders: database.collection("orders"), database })
    }

    pub(crate) fn orders(&self) -> &Collection<Document> {
        &self.orders
    }

    /// Runs one operation under the deadline and measures it.
    pub(crate) async fn bounded<T>(
        &self,
        operation: &'static str,
        work: impl IntoFuture<Output = mongodb::error::Result<T>>,
    ) -> Result<T, OperationError> {
        let started = Instant::now();
        let result = timeout(OPERATION_TIMEOUT, work.into_future()).await;
        metrics::histogram!("mongo_ops_latency_ms", "operation" => operation)
            .record(started.elapsed().as_secs_f64() * 1000.0);
        match result {
            Ok(result) => result.map_err(OperationError::Driver),
            Err(_elapsed) => Err(OperationError::TimedOut),
        }
    }
}

/// Why an operation gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OperationError {
    #[error(transparent)]
    Driver(mongodb::error::Error),
    #[error("no answer within {} s", OPERATION_TIMEOUT.as_secs())]
    TimedOut,
}

impl Probe for DocumentDb {
    async fn probe(&self) -> Result<(), PortError> {
        self.bounded("ping", self.database.run_command(doc! { "ping": 1 }))
            .await
            .map(drop)
            .map_err(unavailable)
    }
}
