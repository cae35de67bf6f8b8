//! `GET /orders/{id}`: reads an order.

mod get_order;

use get_order::GetOrder;
use orders::ports::Probe as _;
use orders_documentdb::DocumentDb;
use orders_http::Cors;
use orders_secretsmanager::SecretsManager;
use orders_settings::Environment;
use orders_telemetry::{not_warmed, or_exit};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let env = Environment::of_process();
    orders_telemetry::init(&env);
    let cors = Cors::new(or_exit(env.cors_origins()));

    let aws = orders_aws::sdk_config(or_exit(env.aws()));
    let orders = or_exit(DocumentDb::from_environment(&env, SecretsManager::new(&aws)).await);
    not_warmed(orders.probe().await);
    orders_http::serve(GetOrder { orders }, cors).await
}
