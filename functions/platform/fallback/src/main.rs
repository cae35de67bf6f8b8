//! All requests that no other function handles: 404, or 405 with the allowed methods, as Problem Details; and
//! `OPTIONS` of every path. Calls no other service.

use platform_endpoints::Fallback;
use platform_lambda::{Error, serve};
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let secrets = SecretsManager::new(&platform_aws::sdk_config(or_exit(env.aws())));
    serve(Fallback { routes: &api::ROUTES }, &env, secrets).await
}
