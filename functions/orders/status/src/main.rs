//! `GET /orders/{id}/status`: tells the status of an accepted order to whoever has the link. Runs outside the network of the
//! database.

use kernel::Probe as _;
use orders_api::OrderStatus;
use orders_dynamodb::DynamoDbStatuses;
use platform_http::RotatingCursorKeys;
use platform_lambda::{Error, serve_behind_cloudfront, warm_up};
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let (key, table) = (or_exit(env.cursor_key()), or_exit(DynamoDbStatuses::table(&env)));

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let statuses = DynamoDbStatuses::new(&aws, table);
    let secrets = SecretsManager::new(&aws);
    let keys = RotatingCursorKeys::new(key, secrets.clone());

    warm_up(async { tokio::join!(statuses.probe(), keys.probe()).into() }).await;
    serve_behind_cloudfront(OrderStatus { statuses, keys }, &env, secrets).await
}
