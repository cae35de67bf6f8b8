//! Compares every stock with its movements and with what orders hold. Invoked on a schedule or by hand; returns the stocks that
//! don't agree.

mod report;

use catalog_domain::reconcile_stock;
use catalog_dynamodb::CatalogTable;
use platform_lambda::{Error, Invocation, run};
use platform_settings::Environment;
use platform_telemetry::or_exit;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let table = or_exit(CatalogTable::table(&env));
    let catalog = &CatalogTable::new(&platform_aws::sdk_config(or_exit(env.aws())), table);
    run(async |invocation: Invocation<Value>| {
        Ok(report::report(&reconcile_stock(catalog).await?, &invocation.id))
    })
    .await
}
