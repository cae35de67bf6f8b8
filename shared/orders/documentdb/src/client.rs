//! The connection, set up for Lambda.

use crate::access::{Access, NoAccess};
use crate::error::{is_authentication_failure, is_connection_lost, unavailable};
use crate::login::Login;
use mongodb::bson::{Document, doc};
use mongodb::{Client, Collection, Database};
use orders_domain::ports::{PortError, Probe};
use platform_settings::{Environment, InvalidSetting, SecretSource, SecretStage};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// One operation, whatever it does. The driver has no socket timeout, so this is the only bound
/// on a server that hangs.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(3);

/// The orders of a database.
///
/// A login in a secret is read when it is first needed, and anew when it is refused: a rotation
/// needs no restart.
#[derive(Clone)]
pub struct DocumentDb {
    shared: Arc<Shared>,
}

struct Shared {
    access: Access,
    name: String,
    /// `None` until the secret was read.
    connection: RwLock<Option<Connection>>,
    /// Held by whoever connects, so that the others wait for it instead of doing the same.
    connecting: Mutex<()>,
}

/// What operations work on.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) database: Database,
    pub(crate) orders: Collection<Document>,
    /// `None` without a secret: nothing else can be tried then.
    login: Option<Arc<Login>>,
}

impl DocumentDb {
    /// Sets up access to the database that the environment names. Nothing is sent yet:
    /// [`Probe::probe`] opens the first connection.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when a variable is missing or malformed.
    pub async fn from_environment(
        env: &Environment,
        secrets: impl SecretSource + 'static,
    ) -> Result<Self, InvalidSetting> {
        let shared = Shared {
            access: Access::new(env.mongo()?, Arc::new(secrets)).await?,
            name: env.mongo_db()?,
            connection: RwLock::default(),
            connecting: Mutex::default(),
        };
        if !shared.access.needs_login() {
            let invalid = |error| InvalidSetting::new(Environment::MONGO_URI, error);
            shared.connect(None).map_err(invalid)?;
        }
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Runs one operation. While the login is refused, tries the others that the secret has:
    /// nothing was done that could be done twice.
    pub(crate) async fn run<T, W>(
        &self,
        operation: &'static str,
        work: impl Fn(Connection) -> W,
    ) -> Result<T, OperationError>
    where
        W: Future<Output = mongodb::error::Result<T>>,
    {
        self.run_within(OPERATION_TIMEOUT, operation, work).await
    }

    /// The same for an operation that may take another time.
    pub(crate) async fn run_within<T, W>(
        &self,
        limit: Duration,
        operation: &'static str,
        work: impl Fn(Connection) -> W,
    ) -> Result<T, OperationError>
    where
        W: Future<Output = mongodb::error::Result<T>>,
    {
        let mut refused = Vec::new();
        let mut connection = self.connection().await?;
        loop {
            let login = connection.login.clone();
            match (bounded(limit, operation, work(connection)).await, login) {
                (Err(error), Some(login)) if is_authentication_failure(&error) => {
                    refused.push(login);
                    connection = self.other_than(&refused).await?.ok_or(error)?;
                }
                (result, _) => return result,
            }
        }
    }

    /// Runs an operation that is safe to repeat, and once more if its connection was lost: a
    /// pooled connection can have died while the process was frozen.
    pub(crate) async fn repeatable<T, W>(
        &self,
        operation: &'static str,
        work: impl Fn(Connection) -> W,
    ) -> Result<T, OperationError>
    where
        W: Future<Output = mongodb::error::Result<T>>,
    {
        match self.run(operation, &work).await {
            Err(error) if is_connection_lost(&error) => self.run(operation, &work).await,
            result => result,
        }
    }

    async fn connection(&self) -> Result<Connection, OperationError> {
        let shared = &self.shared;
        if let Some(connection) = shared.connected(&[]) {
            return Ok(connection);
        }
        let _others_wait = shared.connecting.lock().await;
        match shared.connected(&[]) {
            Some(connection) => Ok(connection),
            None => Ok(shared.connect(shared.access.login(SecretStage::Current).await?)?),
        }
    }

    /// A connection with a login that was not refused yet; `None` when the secret has no other.
    async fn other_than(&self, refused: &[Arc<Login>]) -> Result<Option<Connection>, OperationError> {
        let shared = &self.shared;
        let _others_wait = shared.connecting.lock().await;
        if let Some(connection) = shared.connected(refused) {
            return Ok(Some(connection));
        }
        // Between the moment in which a rotation sets the new password and the one in which it
        // moves the label, the pending version is the one that is let in.
        for stage in [SecretStage::Current, SecretStage::Pending] {
            if let Some(login) = shared.access.login(stage).await?
                && refused.iter().all(|it| **it != login)
            {
                return Ok(Some(shared.connect(Some(login))?));
            }
        }
        Ok(None)
    }
}

impl Shared {
    /// The connection, unless its login was refused.
    fn connected(&self, refused: &[Arc<Login>]) -> Option<Connection> {
        let connection = self.connection.read().unwrap_or_else(PoisonError::into_inner).clone()?;
        let is_refused = connection.login.as_ref().is_some_and(|login| refused.contains(login));
        (!is_refused).then_some(connection)
    }

    /// Sets up a client, for everybody from now on. The one before ends with its last operation.
    fn connect(&self, login: Option<Login>) -> Result<Connection, OperationError> {
        let options = self.access.options(login.as_ref())?;
        let database = Client::with_options(options).map_err(OperationError::Driver)?.database(&self.name);
        let connection =
            Connection { orders: database.collection("orders"), database, login: login.map(Arc::new) };
        *self.connection.write().unwrap_or_else(PoisonError::into_inner) = Some(connection.clone());
        Ok(connection)
    }
}

/// Runs one operation under the deadline and measures it.
async fn bounded<T>(
    limit: Duration,
    operation: &'static str,
    work: impl Future<Output = mongodb::error::Result<T>>,
) -> Result<T, OperationError> {
    let started = Instant::now();
    let result = timeout(limit, work).await;
    metrics::histogram!("mongo_ops_latency_ms", "operation" => operation)
        .record(started.elapsed().as_secs_f64() * 1000.0);
    match result {
        Ok(result) => result.map_err(OperationError::Driver),
        Err(_elapsed) => Err(OperationError::TimedOut(limit)),
    }
}

/// Why an operation gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OperationError {
    #[error(transparent)]
    Driver(mongodb::error::Error),
    #[error("there is no way to it")]
    NoAccess(#[from] NoAccess),
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
}

impl fmt::Debug for DocumentDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DocumentDb").field("name", &self.shared.name).finish_non_exhaustive()
    }
}

impl Probe for DocumentDb {
    async fn probe(&self) -> Result<(), PortError> {
        self.repeatable("ping", async |it| it.database.run_command(doc! { "ping": 1 }).await)
            .await
            .map(drop)
            .map_err(unavailable)
    }
}
