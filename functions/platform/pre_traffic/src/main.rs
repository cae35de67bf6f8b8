//! Hook of a deployment: tests the new versions of the functions behind the API before they get traffic.

use platform_aws::{SignedClient, sdk_config};
use platform_deployment::{FunctionVersion, HookEvent, LifecycleHook};
use platform_lambda::{Error, Invocation, run};
use platform_settings::Environment;
use platform_telemetry::or_exit;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let versions = or_exit(FunctionVersion::from_environment(&env));
    let hook = &LifecycleHook::new(SignedClient::new(&sdk_config(or_exit(env.aws()))), versions);
    run(async |invocation: Invocation<HookEvent>| Ok(json!({ "failed": hook.run(&invocation.event).await? })))
        .await
}
