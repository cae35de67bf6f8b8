//! Makes the indexes of the orders. Invoked once per deployment, and when the local stack
//! starts; harmless to repeat. The event does not matter. Answers the names of the indexes.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use orders_documentdb::DocumentDb;
use orders_settings::Environment;
use orders_telemetry::{metrics, or_exit};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::of_process();
    orders_telemetry::init(env.log_level());
    let orders = &or_exit(DocumentDb::from_environment(&env).await);
    lambda_runtime::run(service_fn(async |_event: LambdaEvent<Value>| {
        let indexes = orders.create_indexes().await;
        metrics::flush();
        Ok::<_, Error>(json!({ "indexes": indexes? }))
    }))
    .await
}
