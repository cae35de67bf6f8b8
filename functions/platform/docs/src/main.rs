//! `GET /docs`: page to explore and try the API. `GET /openapi.json`: the document behind it. Calls no other
//! service.

use platform_endpoints::Docs;
use platform_lambda::{Error, serve};
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let secrets = SecretsManager::new(&platform_aws::sdk_config(or_exit(env.aws())));
    serve(Docs::new(api::document_text()), &env, secrets).await
}
