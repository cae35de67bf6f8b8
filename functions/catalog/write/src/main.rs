//! `POST /products`, `PATCH` and `DELETE /products/{sku}`, `POST /products/{sku}/stock-adjustments`: writes products and
//! their stock.

use catalog_api::WriteProducts;
use catalog_dynamodb::CatalogTable;
use kernel::Probe as _;
use platform_lambda::{Error, serve, warm_up};
use platform_ratelimit::{ConfiguredLimits, RateLimitSettings};
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let limits = or_exit(RateLimitSettings::from_environment(&env));
    let table = or_exit(CatalogTable::table(&env));
    let claim_ttl = or_exit(env.idempotency_ttl());

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let limits = ConfiguredLimits::new(&aws, limits);
    let catalog = CatalogTable::new(&aws, table);

    warm_up(async { tokio::join!(catalog.probe(), limits.probe()).into() }).await;
    serve(WriteProducts { catalog, claim_ttl }, limits.into(), &env, SecretsManager::new(&aws)).await
}
