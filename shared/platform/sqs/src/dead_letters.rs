//! Messages of the queue.

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::Builder;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::Message;
use kernel::{BoxError, PortError};
use platform_outbox::{DeadLetter, DeadLetterFormat, DeadLetterQueue, ReceivedDeadLetter};
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

const DEPENDENCY: &str = "SQS";

/// Long-polling time of a receive, in seconds. It is part of the duration of the call.
const WAIT_S: i32 = 1;

/// Maximum number of messages per receive (SQS API reference, `ReceiveMessage`).
const MAX_MESSAGES: i32 = 10;

/// Queue at a URL, with dead letters in the form `F`.
pub struct SqsDeadLetters<F> {
    client: Client,
    queue_url: String,
    format: PhantomData<F>,
}

impl<F> SqsDeadLetters<F> {
    /// Creates a client of the queue at `queue_url`. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, queue_url: String) -> Self {
        Self { client: Client::new(config), queue_url, format: PhantomData }
    }
}

impl<F> fmt::Debug for SqsDeadLetters<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqsDeadLetters").field("queue_url", &self.queue_url).finish_non_exhaustive()
    }
}

impl<F: DeadLetterFormat> DeadLetterQueue for SqsDeadLetters<F> {
    type Payload = F::Payload;
    type Address = F::Address;

    async fn send(&self, letter: &DeadLetter<F::Payload>) -> Result<(), PortError> {
        self.client
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(F::write(letter))
            .send()
            .await
            .map(drop)
            .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))
    }

    async fn receive(&self) -> Result<Vec<Result<ReceivedDeadLetter<F::Address>, PortError>>, PortError> {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_secs(3))
            .operation_timeout(Duration::from_secs(5))
            .build();
        let received = self
            .client
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(MAX_MESSAGES)
            // Without long polling, SQS queries only some of its servers, and can miss messages.
            .wait_time_seconds(WAIT_S)
            .customize()
            .config_override(Builder::new().timeout_config(timeouts))
            .send()
            .await
            .map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
        Ok(received.messages().iter().map(read::<F>).collect())
    }

    async fn delete(&self, letter: &ReceivedDeadLetter<F::Address>) -> Result<(), PortError> {
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

fn read<F: DeadLetterFormat>(message: &Message) -> Result<ReceivedDeadLetter<F::Address>, PortError> {
    let address = F::read_address(message.body().unwrap_or_default())
        .map_err(|source| PortError::Unreadable { dependency: DEPENDENCY, source })?;
    Ok(ReceivedDeadLetter { address, receipt: message.receipt_handle().unwrap_or_default().to_owned() })
}

fn unavailable(source: impl Into<BoxError>) -> PortError {
    PortError::Unavailable { dependency: DEPENDENCY, source: source.into() }
}
