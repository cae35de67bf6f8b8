//! The table of the audit subscriber: one item an event.

use crate::error::unavailable;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use orders_domain::Timestamp;
use orders_domain::ports::PortError;
use std::time::{Duration, SystemTime};

/// How long an event is kept. A duplicate comes within days; the bus' archive holds it longer.
const RETENTION: Duration = Duration::from_hours(90 * 24);

/// The table at its name.
#[derive(Clone, Debug)]
pub struct AuditTrail {
    client: Client,
    table: String,
}

/// Whether an event was kept before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is new.
    Now,
    /// It is a duplicate.
    Before,
}

impl AuditTrail {
    /// The trail in `table`. Nothing is sent yet.
    #[must_use]
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self { client: Client::new(config), table }
    }

    /// Keeps an event under its id, unless it is there already: one conditional put, so that of
    /// two deliveries at once only one is new.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`].
    pub async fn keep(&self, event_id: &str, event: &str) -> Result<Kept, PortError> {
        let expires_at = Timestamp::from(SystemTime::now()).after(RETENTION).unix_seconds();
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("event_id", AttributeValue::S(event_id.to_owned()))
            .item("event", AttributeValue::S(event.to_owned()))
            .item("expires_at", AttributeValue::N(expires_at.to_string()))
            .condition_expression("attribute_not_exists(event_id)")
            .send()
            .await;
        match put {
            Ok(_) => Ok(Kept::Now),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Kept::Before),
                _ => Err(unavailable(DisplayErrorContext(error).to_string())),
            },
        }
    }
}
