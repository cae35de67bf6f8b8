//! Queues of payments in SQS: notifications without an order, requests to providers, and their answers.

mod facts;
mod requests;
mod unmatched;

pub use facts::FactQueue;
pub use requests::ProviderRequestQueue;
pub use unmatched::UnmatchedQueue;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use kernel::PortError;

async fn send(client: &Client, url: &str, body: String) -> Result<(), PortError> {
    let sent = client.send_message().queue_url(url).message_body(body).send().await;
    sent.map(drop).map_err(|error| PortError::Unavailable {
        dependency: "SQS",
        source: DisplayErrorContext(error).to_string().into(),
    })
}
