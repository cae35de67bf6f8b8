//! Subscriber of the bus: keeps the statuses that `order-status` tells. Its queue delivers events at least once and in any order;
//! a later version is never replaced by an earlier one.

use kernel::{ErrorChain, SERVICE_NAME};
use orders_domain::ports::{OrderStatuses as _, TrackedStatus};
use orders_dynamodb::DynamoDbStatuses;
use platform_lambda::{Error, Invocation, Message, SqsBatch, run, sqs_batch};
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let table = or_exit(DynamoDbStatuses::table(&env));
    let statuses = &DynamoDbStatuses::new(&platform_aws::sdk_config(or_exit(env.aws())), table);
    run(async |invocation: Invocation<SqsBatch>| {
        Ok(sqs_batch(invocation, async |message| track(statuses, message).await).await)
    })
    .await
}

/// Stores the status that the event of a message tells. Returns `false` for another delivery.
async fn track(statuses: &DynamoDbStatuses, Message { id, body, .. }: Message<'_>) -> bool {
    let status = match orders_json::order_of_event(body) {
        Ok(order) => TrackedStatus::from(&order),
        Err(error) => {
            tracing::error!(target: SERVICE_NAME, action = "track-orders", message_id = id, %error, "not an event of an order");
            return false;
        }
    };
    match statuses.record(&status).await {
        Ok(()) => true,
        Err(error) => {
            let (order_id, error) = (tracing::field::display(status.order), ErrorChain(&error).to_string());
            tracing::error!(target: SERVICE_NAME, action = "track-orders", message_id = id, order_id, error, "not tracked");
            false
        }
    }
}
