//! `GET /products`, `/products/{sku}` and `/products/{sku}/stock`: returns products and their stock.

use catalog_api::ReadProducts;
use catalog_dynamodb::CatalogTable;
use kernel::Probe as _;
use platform_http::RotatingCursorKeys;
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
    let key = or_exit(env.cursor_key());
    let table = or_exit(CatalogTable::table(&env));

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let limits = ConfiguredLimits::new(&aws, limits);
    let secrets = SecretsManager::new(&aws);
    let catalog = CatalogTable::new(&aws, table);
    let keys = RotatingCursorKeys::new(key, secrets.clone());

    warm_up(async { tokio::join!(catalog.probe(), keys.probe(), limits.probe()).into() }).await;
    serve(ReadProducts { catalog, keys }, limits.into(), &env, secrets).await
}
