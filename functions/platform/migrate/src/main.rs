//! Makes the indexes of the orders; harmless to repeat. Invoked by CloudFormation with each
//! deployment, and by hand or when the local stack starts with any other event. Answers the names
//! of the indexes.

mod custom_resource;

use custom_resource::CustomResource;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use orders_documentdb::DocumentDb;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::{ErrorChain, metrics, or_exit};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::of_process();
    platform_telemetry::init(&env);

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let orders = &or_exit(DocumentDb::from_environment(&env, SecretsManager::new(&aws)).await);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        let request = CustomResource::of_event(event.payload)?;
        let result = match &request {
            Some(request) if request.is_deletion() => Ok(vec![]),
            _ => orders.create_indexes().await,
        };
        metrics::flush();
        match request {
            // A failure is CloudFormation's to report; an error here would have Lambda repeat all of it.
            Some(request) => request.answer(result).await,
            None => Ok(json!({ "indexes": result.map_err(|error| ErrorChain(&error).to_string())? })),
        }
    }))
    .await
}
