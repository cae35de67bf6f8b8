//! Options of the driver: from a connection string, from a secret, or from both.

use crate::certificates::write_rds_roots;
use crate::login::{InvalidLogin, Login};
use kernel::{BoxError, SERVICE_NAME};
use mongodb::options::{
    Acknowledgment, ClientOptions, Credential, ReadPreference, SelectionCriteria, ServerAddress,
    ServerMonitoringMode, Tls, TlsOptions, WriteConcern,
};
use platform_settings::{Environment, InvalidSetting, Mongo, Secret, SecretSource, SecretStage};
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tempfile::TempPath;

/// Time to connect, and to find a primary.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum idle time of a connection. Below the idle limits of the network, so that the driver closes it
/// first.
const MAX_IDLE_TIME: Duration = Duration::from_mins(1);

/// Source of the driver's options.
pub(crate) enum Access {
    /// Connection string, perhaps with a login.
    Uri(Box<ClientOptions>),
    /// Secret with a login.
    Secret(SecretAccess),
}

/// Secret with a login, and the connection string beside it.
pub(crate) struct SecretAccess {
    arn: String,
    source: Arc<dyn SecretSource>,
    /// Connection string without a login; `None` when the secret has the address too.
    uri: Option<Box<ClientOptions>>,
}

/// Error of the login or the certificates.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccessError {
    #[error("the secret can't be read")]
    Secret(#[source] BoxError),
    #[error("the secret has no text")]
    NoText,
    #[error(transparent)]
    Login(#[from] InvalidLogin),
    #[error("the root certificates can't be written for the driver")]
    Certificates(#[source] io::Error),
}

impl Access {
    pub(crate) async fn new(mongo: Mongo, source: Arc<dyn SecretSource>) -> Result<Self, InvalidSetting> {
        let (arn, uri) = match mongo {
            Mongo::Uri(uri) => return Ok(Self::Uri(parse(&uri).await?)),
            Mongo::Secret { arn, uri } => (arn, uri),
        };
        let uri = match uri {
            Some(uri) => Some(parse(&uri).await?),
            None => None,
        };
        if uri.as_ref().is_some_and(|uri| uri.credential.is_some()) {
            return Err(InvalidSetting::new(
                Environment::MONGO_URI,
                "must have no login beside MONGO_SECRET_ARN, which has one",
            ));
        }
        Ok(Self::Secret(SecretAccess { arn, source, uri }))
    }
}

impl SecretAccess {
    /// Reads the login at a stage; `None` when the secret has no version there.
    pub(crate) async fn login(&self, stage: SecretStage) -> Result<Option<Login>, AccessError> {
        let secret = self.source.read(&self.arn, stage).await.map_err(AccessError::Secret)?;
        Ok(secret.as_ref().map(Login::read).transpose()?)
    }

    /// Reads the login in force.
    pub(crate) async fn current_login(&self) -> Result<Login, AccessError> {
        self.login(SecretStage::Current).await?.ok_or(AccessError::NoText)
    }

    /// Combines connection string and login. The password never becomes part of a URI, so that none of its
    /// characters can have another meaning.
    pub(crate) fn options(&self, login: &Login) -> Result<ClientOptions, AccessError> {
        let mut options = match &self.uri {
            Some(uri) => uri.as_ref().clone(),
            None => address_in_secret(login)?,
        };
        let mut credential = Credential::default();
        credential.username = Some(login.username.clone());
        credential.password = Some(login.password.expose().to_owned());
        options.credential = Some(credential);
        Ok(options)
    }
}

/// Adds what every connection has: deadlines, limits, consistency, and trust in Amazon's certificates.
pub(crate) fn complete(
    options: &mut ClientOptions,
    max_connections: u32,
    rds_roots: &OnceLock<TempPath>,
) -> Result<(), AccessError> {
    if let Some(Tls::Enabled(tls)) = &mut options.tls
        && tls.ca_file_path.is_none()
    {
        let path = if let Some(path) = rds_roots.get() {
            path
        } else {
            let path = write_rds_roots().map_err(AccessError::Certificates)?;
            rds_roots.get_or_init(|| path)
        };
        tls.ca_file_path = Some(path.to_path_buf());
    }
    options.app_name.get_or_insert_with(|| SERVICE_NAME.to_owned());
    options.connect_timeout = Some(CONNECT_TIMEOUT);
    options.server_selection_timeout = Some(CONNECT_TIMEOUT);
    options.max_pool_size = Some(max_connections);
    options.max_idle_time = Some(MAX_IDLE_TIME);
    // A frozen process can't keep a heartbeat stream open.
    options.server_monitoring_mode = Some(ServerMonitoringMode::Poll);
    // DocumentDB has no retryable writes before 8.0; ours are safe to repeat by themselves.
    options.retry_writes = Some(false);
    options.write_concern = Some(WriteConcern::builder().w(Acknowledgment::Majority).build());
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
    Ok(())
}

async fn parse(uri: &Secret) -> Result<Box<ClientOptions>, InvalidSetting> {
    let invalid = |error| InvalidSetting::new(Environment::MONGO_URI, error);
    ClientOptions::parse(uri.expose()).await.map(Box::new).map_err(invalid)
}

fn address_in_secret(login: &Login) -> Result<ClientOptions, InvalidLogin> {
    let host = login.host.clone().ok_or(InvalidLogin::Missing("host"))?;
    let mut options = ClientOptions::default();
    options.hosts = vec![ServerAddress::Tcp { host, port: login.port }];
    options.tls = login.tls.then(|| Tls::Enabled(TlsOptions::default()));
    Ok(options)
}
