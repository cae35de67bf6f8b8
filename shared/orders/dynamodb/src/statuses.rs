//! Statuses of orders for readers without a token: an item is `{pk, version, status, reason?, at, expires_at}`, with the id of the
//! order as its key. It has no personal data.

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use kernel::{PortError, Probe, Timestamp, Version};
use orders_domain::ports::{OrderStatuses, TrackedStatus};
use orders_domain::{OrderId, Status};
use platform_dynamodb::{Item, integer, number, optional_text, string, text, unavailable, unreadable};
use platform_settings::{Environment, InvalidSetting};
use std::time::Duration;

/// Time for which the table keeps a status after the change: longer than any link to it is valid.
const RETENTION: Duration = TrackedStatus::MAX_LINK_LIFETIME.saturating_add(Duration::from_hours(24));

/// Table of statuses.
#[derive(Clone, Debug)]
pub struct DynamoDbStatuses {
    client: Client,
    table: String,
}

impl DynamoDbStatuses {
    /// Creates a client of the statuses in `table`. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self { client: Client::new(config), table }
    }

    /// Reads the name of the table from `ORDER_STATUS_TABLE`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or malformed.
    pub fn table(env: &Environment) -> Result<String, InvalidSetting> {
        env.table_name("ORDER_STATUS_TABLE")
    }

    async fn get(&self, key: &str) -> Result<Option<Item>, PortError> {
        let get = self.client.get_item().table_name(&self.table).key("pk", string(key));
        let read = get.consistent_read(true).send().await;
        Ok(read.map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?.item)
    }
}

impl OrderStatuses for DynamoDbStatuses {
    async fn record(&self, status: &TrackedStatus) -> Result<(), PortError> {
        let TrackedStatus { order, version, status, reason, at } = status;
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("pk", string(order))
            .item("version", number(version))
            .item("status", string(status))
            .item("at", string(at))
            .item("expires_at", number(at.after(RETENTION).unix_seconds()))
            .condition_expression("attribute_not_exists(pk) OR version < :version")
            .expression_attribute_values(":version", number(version));
        let put = match reason {
            Some(reason) => put.item("reason", string(reason)),
            None => put,
        };
        match put.send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                // A later version is known.
                Some(error) if error.is_conditional_check_failed_exception() => Ok(()),
                _ => Err(unavailable(DisplayErrorContext(error).to_string())),
            },
        }
    }

    async fn find(&self, order: OrderId) -> Result<Option<TrackedStatus>, PortError> {
        let Some(item) = self.get(&order.to_string()).await? else { return Ok(None) };
        let version: u64 = integer(&item, "version")?;
        Ok(Some(TrackedStatus {
            order,
            version: Version::try_from(version).map_err(unreadable)?,
            status: Status::restore(text(&item, "status")?).map_err(unreadable)?,
            reason: optional_text(&item, "reason").map(str::to_owned),
            at: text(&item, "at")?.parse::<Timestamp>().map_err(unreadable)?,
        }))
    }
}

impl Probe for DynamoDbStatuses {
    async fn probe(&self) -> Result<(), PortError> {
        self.get("#probe").await.map(drop)
    }
}
