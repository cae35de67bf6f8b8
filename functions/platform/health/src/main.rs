//! `GET /health` and `/ready`: health of the service and its stores. `GET /healthz`: liveness of the function.

use kernel::Probe as _;
use orders_documentdb::OrderCollection;
use orders_dynamodb::{ClaimSettings, DynamoDbClaims};
use platform_endpoints::Health;
use platform_lambda::{Error, serve_behind_cloudfront, warm_up};
use platform_mongodb::DocumentDb;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let table = or_exit(ClaimSettings::table(&env));

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let dynamodb = DynamoDbClaims::new(&aws, table);
    let secrets = SecretsManager::new(&aws);
    let connections = DocumentDb::CONNECTIONS_PER_REQUEST;
    let database = or_exit(DocumentDb::from_environment(&env, secrets.clone(), connections).await);
    let mongo = OrderCollection::new(database);

    warm_up(async { tokio::join!(dynamodb.probe(), mongo.probe()).into() }).await;
    serve_behind_cloudfront(Health { mongo, dynamodb }, &env, secrets).await
}
