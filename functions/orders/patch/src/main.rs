//! `PATCH /orders/{id}`: moves an order to another status.

mod patch_order;

use orders_domain::ports::Probe as _;
use orders_documentdb::DocumentDb;
use orders_eventbridge::EventBridgePublisher;
use platform_http::Cors;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::{not_warmed, or_exit};
use patch_order::PatchOrder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let env = Environment::of_process();
    platform_telemetry::init(&env);
    let cors = Cors::new(or_exit(env.cors_origins()));
    let bus = or_exit(env.event_bus_name());

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let orders = or_exit(DocumentDb::from_environment(&env, SecretsManager::new(&aws)).await);
    not_warmed(orders.probe().await);
    platform_http::serve(PatchOrder { orders, events: EventBridgePublisher::new(&aws, bus) }, cors).await
}
