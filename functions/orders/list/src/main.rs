//! `GET /orders`: pages through orders, newest first.

mod cursor_keys;
mod list_orders;

use cursor_keys::CursorKeys;
use list_orders::ListOrders;
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
    let key = or_exit(env.cursor_key());

    let secrets = SecretsManager::new(&platform_aws::sdk_config(or_exit(env.aws())));
    let orders = or_exit(DocumentDb::from_environment(&env, secrets.clone()).await);
    let keys = CursorKeys::new(key, secrets);
    let (documentdb, secrets_manager) = tokio::join!(orders.probe(), keys.probe());
    not_warmed(documentdb);
    not_warmed(secrets_manager);
    platform_http::serve(ListOrders { orders, keys }, cors).await
}
