//! Requests to providers, on their way to them.

use crate::send;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use kernel::PortError;
use payments_domain::ProviderRequest;
use payments_domain::ports::RequestQueue;
use payments_json::request_text;
use platform_settings::{Environment, InvalidSetting};

/// Queue of requests.
#[derive(Clone, Debug)]
pub struct ProviderRequestQueue {
    client: Client,
    url: String,
}

impl ProviderRequestQueue {
    /// Reads the URL of the queue from `PAYMENT_REQUESTS_URL`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing.
    pub fn url(env: &Environment) -> Result<String, InvalidSetting> {
        env.http_url("PAYMENT_REQUESTS_URL")
    }

    /// Creates a client. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, url: String) -> Self {
        Self { client: Client::new(config), url }
    }
}

impl RequestQueue for ProviderRequestQueue {
    async fn send(&self, request: &ProviderRequest) -> Result<(), PortError> {
        send(&self.client, &self.url, request_text(request)).await
    }
}
