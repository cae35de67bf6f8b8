//! `GET /health` and `/ready`: how the system and what it depends on are. `GET /healthz`: that
//! the function runs.

mod health;

use health::Health;
use orders_domain::ports::Probe as _;
use orders_documentdb::DocumentDb;
use orders_dynamodb::DynamoDbClaims;
use platform_http::Cors;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::{not_warmed, or_exit};
use std::time::Duration;
use tokio::time::timeout;

/// How long the start waits for the connections.
const WARM_UP: Duration = Duration::from_millis(500);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let env = Environment::of_process();
    platform_telemetry::init(&env);
    let cors = Cors::new(or_exit(env.cors_origins()));
    let table = or_exit(env.idempotency_table());

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let claims = DynamoDbClaims::new(&aws, table);
    let orders = or_exit(DocumentDb::from_environment(&env, SecretsManager::new(&aws)).await);
    // Not for long: the first answer waits for this too, and must tell of a store that hangs.
    let warmed = timeout(WARM_UP, async { tokio::join!(claims.probe(), orders.probe()) }).await;
    if let Ok((dynamodb, documentdb)) = warmed {
        not_warmed(dynamodb);
        not_warmed(documentdb);
    }
    platform_http::serve(Health { claims, orders }, cors).await
}
