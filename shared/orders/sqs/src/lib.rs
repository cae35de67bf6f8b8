//! Queue of accepted orders in SQS. A message names the order and its claim, which has the request: it has no personal data.

mod message;
mod settings;

pub use message::{InvalidMessage, read_message};
pub use settings::AcceptanceSettings;

use aws_config::SdkConfig;
use kernel::{BoxError, PortError};
use orders_domain::AcceptedKey;
use orders_domain::ports::{ProcessingBacklog, ProcessingQueue};
use platform_aws::{JsonService, SignedClient};
use platform_settings::{Environment, InvalidSetting};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Queue of accepted orders.
#[derive(Clone, Debug)]
pub struct AcceptedQueue {
    client: Arc<SignedClient>,
    url: String,
}

/// Amazon SQS. Two operations don't justify the size of its SDK in a function that places orders.
const SQS: JsonService = JsonService { name: "sqs", target: "AmazonSQS", protocol: "1.0" };

/// Time within which SQS responds.
const CALL_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum number of attempts at a call. What is not sent, the sweeper sends.
const MAX_ATTEMPTS: usize = 2;

/// Numbers of messages that wait, that are delayed, and that are being processed.
const COUNTS: [&str; 3] = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
];

impl AcceptedQueue {
    /// Reads the URL of the queue from `ACCEPTED_ORDERS_URL`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing.
    pub fn url(env: &Environment) -> Result<String, InvalidSetting> {
        env.http_url("ACCEPTED_ORDERS_URL")
    }

    /// Creates a client. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, url: String) -> Self {
        Self { client: Arc::new(SignedClient::new(config)), url }
    }

    /// Calls an operation, which is safe to repeat.
    async fn call(&self, operation: &str, body: &Value) -> Result<Vec<u8>, PortError> {
        let mut failure = BoxError::from("no attempt was made");
        for _ in 0..MAX_ATTEMPTS {
            failure = match self.client.call(&SQS, operation, body, CALL_TIMEOUT).await {
                Ok(response) if response.status().is_success() => return Ok(response.into_body()),
                Ok(response) => {
                    let kind = JsonService::error_type(response.body());
                    format!("{operation}: {} {kind}", response.status()).into()
                }
                Err(error) => error,
            };
        }
        Err(PortError::Unavailable { dependency: "SQS", source: failure })
    }
}

impl ProcessingQueue for AcceptedQueue {
    /// Sends an order with its tenant as message group: a standard queue with groups keeps one tenant from delaying the others
    /// (Amazon SQS developer guide, "Fair queues").
    async fn send(&self, order: &AcceptedKey) -> Result<(), PortError> {
        let body = json!({
            "QueueUrl": self.url,
            "MessageGroupId": order.order.tenant.as_str(),
            "MessageBody": message::text(order),
        });
        self.call("SendMessage", &body).await.map(drop)
    }
}

impl ProcessingBacklog for AcceptedQueue {
    async fn is_empty(&self) -> Result<bool, PortError> {
        let body = json!({ "QueueUrl": self.url, "AttributeNames": COUNTS });
        let response = self.call("GetQueueAttributes", &body).await?;
        let response: Value = serde_json::from_slice(&response)
            .map_err(|error| PortError::Unreadable { dependency: "SQS", source: error.into() })?;
        // A count that is missing is not known to be 0.
        let is_zero = |name: &&str| response["Attributes"][*name] == "0";
        Ok(COUNTS.iter().all(is_zero))
    }
}
