//! `GET /orders/{id}`: reads an order.

mod get_order;

use get_order::GetOrder;
use orders_domain::ports::Probe as _;
use orders_documentdb::DocumentDb;
use platform_http::Cors;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::{not_warmed, or_exit};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let env = Environment::of_process();
    platform_telemetry::init(&env);
    let cors = Cors::new(or_exit(env.cors_origins()));

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let orders = or_exit(DocumentDb::from_environment(&env, SecretsManager::new(&aws)).await);
    not_warmed(orders.probe().await);
    platform_http::serve(GetOrder { orders }, cors).await
}
