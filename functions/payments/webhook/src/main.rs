//! `POST /webhooks/payments/{provider}/{endpoint}`: receives notifications of payment providers.

use kernel::Probe as _;
use orders_documentdb::{OrderCollection, capture_policy};
use orders_eventbridge::{EventBridgePublisher, OutboxEvents};
use payments_api::ReceiveWebhook;
use payments_orders::PaymentsOfOrders;
use payments_secretsmanager::SecretEndpoints;
use payments_sqs::UnmatchedQueue;
use platform_lambda::{Error, serve_behind_cloudfront, warm_up};
use platform_mongodb::DocumentDb;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;
use std::num::NonZeroU32;
use std::sync::Arc;

/// Maximum difference between the time of a signature and its arrival, in seconds (Standard Webhooks 1.0.0 leaves it to the
/// receiver; the libraries of Stripe and of Standard Webhooks have this one).
const TOLERANCE_S: NonZeroU32 = NonZeroU32::new(300).expect("not zero");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let (bus, prefix) = (or_exit(env.event_bus_name()), or_exit(SecretEndpoints::prefix(&env)));
    let unmatched = or_exit(UnmatchedQueue::url(&env));
    let capture = or_exit(capture_policy(&env));
    let tolerance = or_exit(env.seconds("WEBHOOK_TOLERANCE_S", TOLERANCE_S));

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let secrets = SecretsManager::new(&aws);
    let connections = DocumentDb::CONNECTIONS_PER_REQUEST;
    let database = or_exit(DocumentDb::from_environment(&env, secrets.clone(), connections).await);
    let orders = OrderCollection::new(database);
    let events = OutboxEvents::new(EventBridgePublisher::new(&aws, bus), orders.clone());

    warm_up(async { [orders.probe().await] }).await;
    let handler = ReceiveWebhook {
        endpoints: SecretEndpoints::new(secrets.clone(), prefix),
        orders: Arc::new(PaymentsOfOrders { orders, events, capture }),
        unmatched: UnmatchedQueue::new(&aws, unmatched),
        tolerance,
    };
    serve_behind_cloudfront(handler, &env, secrets).await
}
