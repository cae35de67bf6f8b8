//! Table of the audit subscriber: one item per event.

use crate::{NotAnEvent, ReceivedEvent};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use kernel::{PortError, Timestamp};
use platform_settings::{Environment, InvalidSetting};
use std::time::{Duration, SystemTime};

/// Retention period of events. Duplicates arrive within days; the archive of the bus keeps events longer.
const RETENTION: Duration = Duration::from_hours(90 * 24);

/// Table of events.
#[derive(Clone, Debug)]
pub struct AuditTrail {
    client: Client,
    table: String,
}

/// Outcome of [`AuditTrail::record`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The event is new.
    New,
    /// The event is a duplicate.
    Duplicate,
}

/// Error of [`AuditTrail::record`].
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The message is not an event of the bus.
    #[error("the message is not an event of the bus")]
    NotAnEvent(#[from] NotAnEvent),
    /// The table could not be written.
    #[error("the event could not be recorded")]
    Store(#[from] PortError),
}

impl AuditTrail {
    /// Reads `AUDIT_TABLE`, the name of the DynamoDB table. Required.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is missing or malformed.
    pub fn table(env: &Environment) -> Result<String, InvalidSetting> {
        env.table_name("AUDIT_TABLE")
    }

    /// Creates the trail in `table`. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self { client: Client::new(config), table }
    }

    /// Records an event under its id, unless the table contains it. This is one conditional put: of two
    /// concurrent deliveries, only one is new.
    ///
    /// # Errors
    ///
    /// [`AuditError`].
    pub async fn record(&self, message: &str) -> Result<Recorded, AuditError> {
        let event = ReceivedEvent::open(message)?;
        Ok(self.put(&event.id()?, event.json()).await?)
    }

    async fn put(&self, event_id: &str, event: &str) -> Result<Recorded, PortError> {
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
            Ok(_) => Ok(Recorded::New),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => Ok(Recorded::Duplicate),
                _ => Err(PortError::Unavailable {
                    dependency: "DynamoDB",
                    source: DisplayErrorContext(error).to_string().into(),
                }),
            },
        }
    }
}
