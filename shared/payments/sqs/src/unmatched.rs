//! Notifications without an order, in a queue for people to look at.

use crate::send;
use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use kernel::{PortError, Tenant};
use payments_domain::ports::UnmatchedNotifications;
use payments_domain::{Notification, Provider};
use platform_settings::{Environment, InvalidSetting};
use serde_json::json;

/// Queue of notifications without an order.
#[derive(Clone, Debug)]
pub struct UnmatchedQueue {
    client: Client,
    url: String,
}

impl UnmatchedQueue {
    /// Reads the URL of the queue from `UNMATCHED_PAYMENTS_URL`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing.
    pub fn url(env: &Environment) -> Result<String, InvalidSetting> {
        env.http_url("UNMATCHED_PAYMENTS_URL")
    }

    /// Creates a client. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, url: String) -> Self {
        Self { client: Client::new(config), url }
    }
}

impl UnmatchedNotifications for UnmatchedQueue {
    async fn keep(
        &self,
        tenant: &Tenant,
        provider: Provider,
        notification: &Notification,
    ) -> Result<(), PortError> {
        let (subject, statement) = (&notification.subject, &notification.fact.statement);
        let body = json!({
            "tenant": tenant.to_string(),
            "provider": provider.as_str(),
            "order_id": subject.order.as_ref().map(ToString::to_string),
            "payment": subject.payment.to_string(),
            "kind": statement.kind(),
            "object": statement.object().map(ToString::to_string),
            "amount": statement.money().map(|money| money.amount().to_string()),
            "currency": statement.money().map(|money| money.currency().to_string()),
            "reason": statement.reason().map(ToString::to_string),
            "occurred_at": notification.occurred_at.to_string(),
        });
        send(&self.client, &self.url, body.to_string()).await
    }
}
