//! Trigger of Amazon Cognito before it signs a token: adds the tenant, and exactly the scopes of the identity. After an
//! error Cognito signs no token.

use identity_domain::grant;
use identity_dynamodb::DynamoDbIdentities;
use identity_json::{PreTokenEvent, SCOPE_PREFIX};
use kernel::{ErrorChain, SERVICE_NAME};
use platform_lambda::{Error, Invocation, run};
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let table = or_exit(DynamoDbIdentities::table(&env));
    let identities = &DynamoDbIdentities::new(&platform_aws::sdk_config(or_exit(env.aws())), table);
    run(async |invocation: Invocation<PreTokenEvent>| {
        let request = invocation.event.request()?;
        let granted = grant(identities, SCOPE_PREFIX, &request).await.inspect_err(|error| {
            let error = ErrorChain(error).to_string();
            tracing::error!(target: SERVICE_NAME, action = "token-claims", error, "no token was signed");
        })?;
        let tenant = granted.tenant.as_ref().map(ToString::to_string);
        let is_person = request.is_person;
        tracing::info!(target: SERVICE_NAME, action = "token-claims", tenant, is_person, "a token was requested");
        Ok(invocation.event.respond(&granted))
    })
    .await
}
