//! Creates the indexes of the orders; idempotent. CloudFormation invokes it with each deployment. Any other
//! event, by hand or when the local stack starts, returns the names of the indexes.

use orders_documentdb::OrderCollection;
use platform_lambda::{Error, Invocation, custom_resource, run};
use platform_mongodb::DocumentDb;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;
use serde_json::{Value, json};

/// Physical id of the indexes in CloudFormation.
const PHYSICAL_ID: &str = "indexes";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let secrets = SecretsManager::new(&aws);
    let connections = DocumentDb::CONNECTIONS_PER_REQUEST;
    let database = or_exit(DocumentDb::from_environment(&env, secrets, connections).await);
    let orders = &OrderCollection::new(database);
    run(async |invocation: Invocation<Value>| {
        custom_resource(invocation.event, PHYSICAL_ID, async || {
            Ok(json!({ "indexes": orders.create_indexes().await? }))
        })
        .await
    })
    .await
}
