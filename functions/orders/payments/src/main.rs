//! `POST /orders/{id}/payments`, `POST` and `GET /orders/{id}/refunds`: charges and refunds orders.

use catalog_dynamodb::CatalogTable;
use kernel::Probe as _;
use orders_api::OrderPayments;
use orders_documentdb::OrderCollection;
use orders_dynamodb::DynamoDbSettlements;
use orders_eventbridge::{EventBridgePublisher, OutboxEvents};
use payments_orders::RequestsOfOrders;
use payments_sqs::ProviderRequestQueue;
use platform_lambda::{Error, serve, warm_up};
use platform_mongodb::DocumentDb;
use platform_ratelimit::{ConfiguredLimits, RateLimitSettings};
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let limits = or_exit(RateLimitSettings::from_environment(&env));
    let (bus, catalog) = (or_exit(env.event_bus_name()), or_exit(CatalogTable::table(&env)));
    let requests = or_exit(ProviderRequestQueue::url(&env));

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let stock = DynamoDbSettlements::new(CatalogTable::new(&aws, catalog));
    let limits = ConfiguredLimits::new(&aws, limits);
    let secrets = SecretsManager::new(&aws);
    let connections = DocumentDb::CONNECTIONS_PER_REQUEST;
    let database = or_exit(DocumentDb::from_environment(&env, secrets.clone(), connections).await);
    let orders = OrderCollection::new(database);
    let events = OutboxEvents::new(EventBridgePublisher::new(&aws, bus), orders.clone());
    let queue = RequestsOfOrders { queue: ProviderRequestQueue::new(&aws, requests) };

    warm_up(async { tokio::join!(orders.probe(), limits.probe()).into() }).await;
    serve(OrderPayments { orders, queue, stock, events }, limits.into(), &env, secrets).await
}
