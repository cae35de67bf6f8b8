//! Endpoints of webhooks and accounts at providers, each of them one secret in Secrets Manager.

mod accounts;
mod cache;
mod endpoints;

pub use accounts::SecretAccounts;
pub use endpoints::SecretEndpoints;

use kernel::PortError;
use platform_settings::{Secret, SecretSource, SecretStage};
use std::fmt::Display;

const DEPENDENCY: &str = "Secrets Manager";

async fn read(secrets: &dyn SecretSource, name: &str) -> Result<Option<Secret>, PortError> {
    let secret = secrets.read(name, SecretStage::Current).await;
    secret.map_err(|source| PortError::Unavailable { dependency: DEPENDENCY, source })
}

fn unreadable(reason: impl Display) -> PortError {
    PortError::Unreadable { dependency: DEPENDENCY, source: reason.to_string().into() }
}
