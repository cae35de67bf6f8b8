//! Client with a login that can rotate.

use crate::access::{Access, SecretAccess, complete};
use crate::error::{OperationError, unavailable};
use crate::login::Login;
use crate::retry::{Deadline, Retry};
use kernel::{PortError, Probe};
use metrics::Unit;
use mongodb::bson::doc;
use mongodb::options::ClientOptions;
use mongodb::{Client, Database};
use platform_settings::{Environment, InvalidSetting, SecretSource, SecretStage};
use platform_telemetry::record;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;
use tempfile::TempPath;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

/// Deadline of one operation with its retries. The driver has no socket timeout, so that nothing else bounds the time
/// of a server that hangs. Reading the login from its secret has a deadline of its own.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);

/// Database whose connection is renewed when its login rotates.
///
/// The first operation reads the login from its secret. The next one after the server rejects the login
/// reads it again, so a rotation needs no restart.
#[derive(Clone)]
pub struct DocumentDb {
    shared: Arc<Shared>,
}

struct Shared {
    access: Access,
    name: String,
    max_connections: u32,
    rds_roots: OnceLock<TempPath>,
    /// `None` until the secret was read.
    connection: RwLock<Option<Connection>>,
    /// Locked while connecting, so that concurrent operations wait instead of connecting, too.
    connecting: Mutex<()>,
}

/// Database handle, and the login that it was made with.
#[derive(Clone)]
struct Connection {
    database: Database,
    /// `None` without a secret: then no other login can be tried.
    login: Option<Arc<Login>>,
}

impl DocumentDb {
    /// Number of connections for a function that handles one request at a time: one for the request, one
    /// for a health check beside it.
    pub const CONNECTIONS_PER_REQUEST: u32 = 2;

    /// Sets up access to the database that the environment names. Sends no request: [`Probe::probe`] opens
    /// the first connection. Opens at most `max_connections`, as many as operations run concurrently.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when a variable is missing or malformed.
    pub async fn from_environment(
        env: &Environment,
        secrets: impl SecretSource + 'static,
        max_connections: u32,
    ) -> Result<Self, InvalidSetting> {
        metrics::describe_histogram!(
            "mongo_ops_latency_ms",
            Unit::Milliseconds,
            "One operation of DocumentDB"
        );
        let shared = Shared {
            access: Access::new(env.mongo()?, Arc::new(secrets)).await?,
            name: env.mongo_db()?,
            max_connections,
            rds_roots: OnceLock::new(),
            connection: RwLock::default(),
            connecting: Mutex::default(),
        };
        if let Access::Uri(options) = &shared.access {
            let invalid = |error| InvalidSetting::new(Environment::MONGO_URI, error);
            shared.connect(options.as_ref().clone(), None).map_err(invalid)?;
        }
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Runs one operation within the deadline. If the server rejects the login, retries with the other
    /// logins of the secret. Repeats it while the server has not executed it, as during a failover or after a
    /// conflict with another write.
    ///
    /// # Errors
    ///
    /// [`OperationError`].
    pub async fn run<T, W>(
        &self,
        operation: &'static str,
        work: impl Fn(Database) -> W,
    ) -> Result<T, OperationError>
    where
        W: Future<Output = mongodb::error::Result<T>>,
    {
        self.retried(Retry::for_any_operation(OPERATION_TIMEOUT), operation, work).await
    }

    /// Runs an operation that is safe to repeat, like [`run_repeatable`](Self::run_repeatable), within another deadline.
    ///
    /// # Errors
    ///
    /// [`OperationError`].
    pub async fn run_repeatable_within<T, W>(
        &self,
        deadline: Duration,
        operation: &'static str,
        work: impl Fn(Database) -> W,
    ) -> Result<T, OperationError>
    where
        W: Future<Output = mongodb::error::Result<T>>,
    {
        self.retried(Retry::for_repeatable_operation(deadline), operation, work).await
    }

    /// Runs an operation that is safe to repeat. Repeats it also once after an interruption by the server or a lost
    /// connection: a pooled connection can break while the process is frozen.
    ///
    /// # Errors
    ///
    /// [`OperationError`].
    pub async fn run_repeatable<T, W>(
        &self,
        operation: &'static str,
        work: impl Fn(Database) -> W,
    ) -> Result<T, OperationError>
    where
        W: Future<Output = mongodb::error::Result<T>>,
    {
        self.retried(Retry::for_repeatable_operation(OPERATION_TIMEOUT), operation, work).await
    }

    async fn retried<T, W>(
        &self,
        mut retry: Retry,
        operation: &'static str,
        work: impl Fn(Database) -> W,
    ) -> Result<T, OperationError>
    where
        W: Future<Output = mongodb::error::Result<T>>,
    {
        loop {
            match self.attempt(&mut retry.deadline, operation, &work).await {
                Err(error) if retry.wait_after(&error).await => {}
                result => return result,
            }
        }
    }

    /// Runs one operation. Tries every login of the secret, which is safe: a server that rejects the login has not
    /// run the operation.
    async fn attempt<T, W>(
        &self,
        deadline: &mut Deadline,
        operation: &'static str,
        work: impl Fn(Database) -> W,
    ) -> Result<T, OperationError>
    where
        W: Future<Output = mongodb::error::Result<T>>,
    {
        let mut refused = Vec::new();
        let mut started = Instant::now();
        let mut connection = self.connection().await?;
        deadline.exclude_since(started);
        loop {
            started = Instant::now();
            let login = connection.login.clone();
            match (bounded(*deadline, operation, work(connection.database)).await, login, &self.shared.access)
            {
                (Err(error), Some(login), Access::Secret(secret)) if error.is_authentication_failure() => {
                    refused.push(login);
                    connection = self.reconnect(secret, &refused).await?.ok_or(error)?;
                    deadline.exclude_since(started);
                }
                (result, ..) => return result,
            }
        }
    }

    async fn connection(&self) -> Result<Connection, OperationError> {
        let shared = &self.shared;
        if let Some(connection) = shared.connected(&[]) {
            return Ok(connection);
        }
        let _guard = shared.connecting.lock().await;
        match (shared.connected(&[]), &shared.access) {
            (Some(connection), _) => Ok(connection),
            (None, Access::Uri(options)) => shared.connect(options.as_ref().clone(), None),
            (None, Access::Secret(secret)) => {
                let login = secret.current_login().await?;
                shared.connect(secret.options(&login)?, Some(login))
            }
        }
    }

    /// Connects with a login that was not refused yet; `None` when the secret has no other.
    async fn reconnect(
        &self,
        secret: &SecretAccess,
        refused: &[Arc<Login>],
    ) -> Result<Option<Connection>, OperationError> {
        let shared = &self.shared;
        let _guard = shared.connecting.lock().await;
        if let Some(connection) = shared.connected(refused) {
            return Ok(Some(connection));
        }
        // After a rotation has set the new password and before it has moved the label, the server accepts
        // the pending version.
        for stage in [SecretStage::Current, SecretStage::Pending] {
            if let Some(login) = secret.login(stage).await?
                && refused.iter().all(|it| **it != login)
            {
                return Ok(Some(shared.connect(secret.options(&login)?, Some(login))?));
            }
        }
        Ok(None)
    }
}

impl Shared {
    /// Returns the connection, unless its login was refused.
    fn connected(&self, refused: &[Arc<Login>]) -> Option<Connection> {
        let connection = self.connection.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        let is_refused = connection.login.as_ref().is_some_and(|login| refused.contains(login));
        (!is_refused).then_some(connection)
    }

    /// Sets up a client for all later operations. The previous client closes after its last operation.
    fn connect(
        &self,
        mut options: ClientOptions,
        login: Option<Login>,
    ) -> Result<Connection, OperationError> {
        complete(&mut options, self.max_connections, &self.rds_roots)?;
        let database = Client::with_options(options).map_err(OperationError::Driver)?.database(&self.name);
        let connection = Connection { database, login: login.map(Arc::new) };
        *self.connection.write().unwrap_or_else(PoisonError::into_inner) = Some(connection.clone());
        Ok(connection)
    }
}

/// Runs one operation within a deadline, and measures it.
async fn bounded<T>(
    deadline: Deadline,
    operation: &'static str,
    work: impl Future<Output = mongodb::error::Result<T>>,
) -> Result<T, OperationError> {
    let started = Instant::now();
    let result = timeout_at(deadline.end, work).await;
    let latency = metrics::histogram!("mongo_ops_latency_ms", "operation" => operation);
    record(&latency, started.elapsed().as_secs_f64() * 1000.0);
    match result {
        Ok(result) => result.map_err(OperationError::Driver),
        Err(_elapsed) => Err(OperationError::TimedOut(deadline.duration)),
    }
}

impl fmt::Debug for DocumentDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentDb").field("name", &self.shared.name).finish_non_exhaustive()
    }
}

impl Probe for DocumentDb {
    async fn probe(&self) -> Result<(), PortError> {
        self.run_repeatable("ping", async |database| database.run_command(doc! { "ping": 1 }).await)
            .await
            .map(drop)
            .map_err(unavailable)
    }
}
