//! Answers of providers, on their way to the orders.

use crate::send;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use kernel::{PortError, Tenant};
use payments_domain::ports::AnswerQueue;
use payments_domain::{Notification, Provider};
use payments_json::fact_text;
use platform_settings::{Environment, InvalidSetting};

/// Queue of answers.
#[derive(Clone, Debug)]
pub struct FactQueue {
    client: Client,
    url: String,
}

impl FactQueue {
    /// Reads the URL of the queue from `PAYMENT_FACTS_URL`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing.
    pub fn url(env: &Environment) -> Result<String, InvalidSetting> {
        env.http_url("PAYMENT_FACTS_URL")
    }

    /// Creates a client. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, url: String) -> Self {
        Self { client: Client::new(config), url }
    }
}

impl AnswerQueue for FactQueue {
    async fn send(
        &self,
        tenant: &Tenant,
        provider: Provider,
        answer: &Notification,
    ) -> Result<(), PortError> {
        send(&self.client, &self.url, fact_text(tenant, provider, answer)).await
    }
}
