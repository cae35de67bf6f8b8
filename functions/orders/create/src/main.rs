//! `POST /orders`: places an order, once per idempotency key.

mod create_order;

use create_order::CreateOrder;
use orders_domain::ports::Probe as _;
use orders_documentdb::DocumentDb;
use orders_dynamodb::DynamoDbClaims;
use orders_eventbridge::EventBridgePublisher;
use platform_http::Cors;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::{not_warmed, or_exit};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let env = Environment::of_process();
    platform_telemetry::init(&env);
    let cors = Cors::new(or_exit(env.cors_origins()));
    let (table, ttl) = (or_exit(env.idempotency_table()), or_exit(env.idempotency_ttl()));
    let bus = or_exit(env.event_bus_name());

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let claims = DynamoDbClaims::new(&aws, table);
    let orders = or_exit(DocumentDb::from_environment(&env, SecretsManager::new(&aws)).await);
    let events = EventBridgePublisher::new(&aws, bus);
    let (dynamodb, documentdb) = tokio::join!(claims.probe(), orders.probe());
    not_warmed(dynamodb);
    not_warmed(documentdb);
    platform_http::serve(CreateOrder { claims, orders, events, ttl }, cors).await
}
