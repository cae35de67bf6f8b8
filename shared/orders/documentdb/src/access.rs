//! How the database is reached: by a connection string, by a secret, or by both.

use crate::certificates::rds_roots;
use crate::login::{InvalidLogin, Login};
use mongodb::options::{
    Acknowledgment, ClientOptions, Credential, ReadPreference, SelectionCriteria, ServerAddress,
    ServerMonitoringMode, Tls, TlsOptions, WriteConcern,
};
use platform_settings::{Environment, InvalidSetting, Mongo, Secret, SecretSource, SecretStage};
use std::error::Error;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tempfile::TempPath;

/// Connecting, and finding a primary.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// A Lambda handles one request at a time; health asks beside it.
const MAX_POOL_SIZE: u32 = 2;
/// Below the idle limits on the way, so that we close a connection before the network does.
const MAX_IDLE_TIME: Duration = Duration::from_mins(1);

/// What it takes to set up a client.
pub(crate) struct Access {
    /// What the connection string says; `None` where the secret says it all.
    uri: Option<ClientOptions>,
    secret: Option<SecretOf>,
    rds_roots: OnceLock<TempPath>,
}

/// A secret, and where it is read.
struct SecretOf {
    arn: String,
    source: Arc<dyn SecretSource>,
}

/// Why there is no way to the database.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAccess {
    #[error("Secrets Manager gave no secret")]
    Unreadable(#[source] Box<dyn Error + Send + Sync>),
    #[error("the secret has no text")]
    NoText,
    #[error(transparent)]
    Invalid(#[from] InvalidLogin),
    #[error("the root certificates can't be written for the driver")]
    Certificates(#[source] io::Error),
}

impl Access {
    pub(crate) async fn new(mongo: Mongo, source: Arc<dyn SecretSource>) -> Result<Self, InvalidSetting> {
        let (uri, secret) = match mongo {
            Mongo::Uri(uri) => (Some(uri), None),
            Mongo::Secret { arn, uri } => (uri, Some(SecretOf { arn, source })),
        };
        let uri = match uri {
            Some(uri) => Some(parsed(&uri).await?),
            None => None,
        };
        if secret.is_some() && uri.as_ref().is_some_and(|uri| uri.credential.is_some()) {
            return Err(InvalidSetting::new(
                Environment::MONGO_URI,
                "must have no login beside MONGO_SECRET_ARN, which has one",
            ));
        }
        Ok(Self { uri, secret, rds_roots: OnceLock::new() })
    }

    /// Whether there is a secret to be read.
    pub(crate) fn needs_login(&self) -> bool {
        self.secret.is_some()
    }

    /// What the secret says at a stage. `None` when it has no version there, or there is no secret.
    pub(crate) async fn login(&self, stage: SecretStage) -> Result<Option<Login>, NoAccess> {
        let Some(SecretOf { arn, source }) = &self.secret else {
            return Ok(None);
        };
        match source.read(arn, stage).await.map_err(NoAccess::Unreadable)? {
            Some(secret) => Ok(Some(Login::read(&secret)?)),
            None if stage == SecretStage::Current => Err(NoAccess::NoText),
            None => Ok(None),
        }
    }

    /// All that the driver is told. The password never becomes part of a URI, so that no character
    /// of it can mean anything else.
    pub(crate) fn options(&self, login: Option<&Login>) -> Result<ClientOptions, NoAccess> {
        let mut options = match (&self.uri, login) {
            (Some(uri), _) => uri.clone(),
            (None, Some(login)) => of_secret(login)?,
            (None, None) => unreachable!("without a URI there is a secret"),
        };
        if let Some(login) = login {
            let mut credential = Credential::default();
            credential.username = Some(login.username.clone());
            credential.password = Some(login.password.expose().to_owned());
            options.credential = Some(credential);
        }
        if let Some(Tls::Enabled(tls)) = &mut options.tls
            && tls.ca_file_path.is_none()
        {
            tls.ca_file_path = Some(self.rds_roots().map_err(NoAccess::Certificates)?.to_path_buf());
        }
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
        Ok(options)
    }

    fn rds_roots(&self) -> io::Result<&TempPath> {
        if let Some(path) = self.rds_roots.get() {
            return Ok(path);
        }
        let path = rds_roots()?;
        Ok(self.rds_roots.get_or_init(|| path))
    }
}

async fn parsed(uri: &Secret) -> Result<ClientOptions, InvalidSetting> {
    let invalid = |error| InvalidSetting::new(Environment::MONGO_URI, error);
    ClientOptions::parse(uri.expose()).await.map_err(invalid)
}

fn of_secret(login: &Login) -> Result<ClientOptions, InvalidLogin> {
    let host = login.host.clone().ok_or(InvalidLogin::Missing("host"))?;
    let mut options = ClientOptions::default();
    options.hosts = vec![ServerAddress::Tcp { host, port: login.port }];
    options.tls = login.tls.then(|| Tls::Enabled(TlsOptions::default()));
    Ok(options)
}
