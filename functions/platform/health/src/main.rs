//! `GET /health` and `/ready`: health of the service and its stores. `GET /healthz`: liveness of the function.

use kernel::Probe as _;
use orders_documentdb::OrderCollection;
use orders_dynamodb::{ClaimSettings, DynamoDbClaims};
use platform_endpoints::Health;
use platform_lambda::{Error, serve};
use platform_mongodb::DocumentDb;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::{or_exit, warn_if_unreachable};
use std::time::Duration;
use tokio::time::timeout;

/// Time for the connections during the start. The first response waits for them too, and must report a store
/// that hangs.
const WARM_UP_TIMEOUT: Duration = Duration::from_millis(500);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let table = or_exit(ClaimSettings::table(&env));

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let dynamodb = DynamoDbClaims::new(&aws, table);
    let secrets = SecretsManager::new(&aws);
    let connections = DocumentDb::CONNECTIONS_PER_REQUEST;
    let database = or_exit(DocumentDb::from_environment(&env, secrets, connections).await);
    let mongo = OrderCollection::new(database);

    let probes = async { tokio::join!(dynamodb.probe(), mongo.probe()) };
    if let Ok((dynamodb, mongo)) = timeout(WARM_UP_TIMEOUT, probes).await {
        warn_if_unreachable(dynamodb);
        warn_if_unreachable(mongo);
    }
    serve(Health { mongo, dynamodb }, &env).await
}
