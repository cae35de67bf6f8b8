//! The queue of dead letters.

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::Message;
use orders_domain::ports::{BoxError, BuriedEvents, DeadLetters, PortError};
use orders_domain::{BuriedEvent, DeadLetter};
use orders_json::EventAddress;
use std::time::Duration;

const DEPENDENCY: &str = "SQS";

/// How long a receive waits for a message, which is part of the time that it takes.
const WAIT_S: i32 = 1;

/// The most messages of one receive (SQS API reference).
const MAX_MESSAGES: i32 = 10;

/// The queue at a URL.
#[derive(Clone, Debug)]
pub struct SqsDeadLetters {
    client: Client,
    queue_url: String,
}

impl SqsDeadLetters {
    /// The dead letters in the queue at `queue_url`. Nothing is sent yet.
    #[must_use]
    pub fn new(config: &SdkConfig, queue_url: String) -> Self {
        Self { client: Client::new(config), queue_url }
    }
}

impl BuriedEvents for SqsDeadLetters {
    async fn exhume(&self) -> Result<Vec<Result<BuriedEvent, PortError>>, PortError> {
        let while_waiting = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_secs(3))
            .operation_timeout(Duration::from_secs(5))
            .build();
        let received = self
            .client
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(MAX_MESSAGES)
            // A receive that doesn't wait asks some of the servers only, and may miss messages.
            .wait_time_seconds(WAIT_S)
            .customize()
            .config_override(Builder::new().timeout_config(while_waiting))
            .send()
            .await
            .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
        Ok(received.messages().iter().map(read).collect())
    }

    async fn forget(&self, letter: &BuriedEvent) -> Result<(), PortError> {
        self.client
            .delete_message()
            .queue_url(&self.queue_url)
            .receipt_handle(&letter.receipt)
            .send()
            .await
            .map(drop)
            .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))
    }
}

impl DeadLetters for SqsDeadLetters {
    async fn bury(&self, letter: &DeadLetter) -> Result<(), PortError> {
        self.client
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(orders_json::dead_letter_to_json(letter))
            .send()
            .await
            .map(drop)
            .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))
    }
}

fn read(message: &Message) -> Result<BuriedEvent, PortError> {
    let letter = message.body().unwrap_or_default();
    let EventAddress { tenant, order_id, event } =
        orders_json::address_from_json(letter).map_err(unreadable)?;
    let receipt = message.receipt_handle().unwrap_or_default().to_owned();
    Ok(BuriedEvent { tenant, order_id, event, receipt })
}

fn unavailable(source: impl Into<BoxError>) -> PortError {
    PortError::Unavailable { dependency: DEPENDENCY, source: source.into() }
}

fn unreadable(source: impl Into<BoxError>) -> PortError {
    PortError::Unreadable { dependency: DEPENDENCY, source: source.into() }
}
