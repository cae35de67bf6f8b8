//! `GET /orders`: pages through orders, newest first.

mod cursor_keys;
mod list_orders;

use cursor_keys::CursorKeys;
use list_orders::ListOrders;
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
    let key = or_exit(env.cursor_key());

    let secrets = SecretsManager::new(&orders_aws::sdk_config(or_exit(env.aws())));
    let orders = or_exit(DocumentDb::from_environment(&env, secrets.clone()).await);
    let keys = CursorKeys::new(key, secrets);
    let (documentdb, secrets_manager) = tokio::join!(orders.probe(), keys.probe());
    not_warmed(documentdb);
    not_warmed(secrets_manager);
    orders_http::serve(ListOrders { orders, keys }, cors).await
}
