//! `POST /login`: exchanges name and password for tokens of Amazon Cognito.

use identity_api::Login;
use identity_cognito::{CognitoLogins, CognitoSettings};
use kernel::Probe as _;
use platform_lambda::{Error, serve_behind_cloudfront, warm_up};
use platform_ratelimit::DynamoDbRateLimiter;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let settings = or_exit(CognitoSettings::from_environment(&env));
    let table = or_exit(env.table_name("RATE_LIMIT_TABLE"));

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let limiter = DynamoDbRateLimiter::new(&aws, table);

    warm_up(async { [limiter.probe().await] }).await;
    let login = Login { issuer: CognitoLogins::new(&aws, settings), limiter };
    serve_behind_cloudfront(login, &env, SecretsManager::new(&aws)).await
}
