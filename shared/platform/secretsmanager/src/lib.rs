//! Secrets in AWS Secrets Manager.
//!
//! Deliberately absent: a cache. The caller decides how long it keeps a secret: a login until a server rejects it,
//! other secrets for minutes.

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use platform_settings::{Secret, SecretFuture, SecretSource, SecretStage};

/// Secrets of an account.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    client: Client,
}

impl SecretsManager {
    /// Uses region, credentials and HTTP client of `config`.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self { client: Client::new(config) }
    }
}

impl SecretSource for SecretsManager {
    fn read<'a>(&'a self, id: &'a str, stage: SecretStage) -> SecretFuture<'a> {
        Box::pin(async move {
            let label = match stage {
                SecretStage::Current => "AWSCURRENT",
                SecretStage::Pending => "AWSPENDING",
                SecretStage::Previous => "AWSPREVIOUS",
            };
            match self.client.get_secret_value().secret_id(id).version_stage(label).send().await {
                Ok(response) => Ok(response.secret_string.map(Secret::new)),
                Err(error)
                    // A deleted secret can be restored for some days, and is an invalid request until then.
                    if error.as_service_error().is_some_and(|error| {
                        error.is_resource_not_found_exception() || error.is_invalid_request_exception()
                    }) =>
                {
                    Ok(None)
                }
                Err(error) => Err(error.into()),
            }
        })
    }
}
