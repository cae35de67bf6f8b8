//! Gives the answers of payment providers to their orders. Its queue delivers each answer at least once; an order recognises a
//! fact that it has.

use kernel::{Probe as _, Timestamp};
use orders_documentdb::{OrderCollection, capture_policy};
use orders_eventbridge::{EventBridgePublisher, OutboxEvents};
use payments_api::RecordFacts;
use payments_orders::PaymentsOfOrders;
use payments_sqs::UnmatchedQueue;
use platform_lambda::{Error, Invocation, Message, SqsBatch, run, sqs_batch, warm_up};
use platform_mongodb::DocumentDb;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;
use std::time::SystemTime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let (bus, unmatched) = (or_exit(env.event_bus_name()), or_exit(UnmatchedQueue::url(&env)));
    let capture = or_exit(capture_policy(&env));

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let connections = DocumentDb::CONNECTIONS_PER_REQUEST;
    let secrets = SecretsManager::new(&aws);
    let database = or_exit(DocumentDb::from_environment(&env, secrets, connections).await);
    let orders = OrderCollection::new(database);
    let events = OutboxEvents::new(EventBridgePublisher::new(&aws, bus), orders.clone());

    warm_up(async { [orders.probe().await] }).await;
    let handler = &RecordFacts {
        orders: PaymentsOfOrders { orders, events, capture },
        unmatched: UnmatchedQueue::new(&aws, unmatched),
    };
    run(async |invocation: Invocation<SqsBatch>| {
        let handle = async |message: Message<'_>| {
            handler.handle(message.id, message.body, Timestamp::from(SystemTime::now())).await
        };
        Ok(sqs_batch(invocation, handle).await)
    })
    .await
}
