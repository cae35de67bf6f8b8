//! Sample subscriber: records every event once. Its queue delivers events at least once, and in batches. The
//! function recognises duplicates by the id of the event, and reports failures per message.

use audit_dynamodb::{AuditTrail, Recorded};
use kernel::{ErrorChain, SERVICE_NAME};
use platform_lambda::{Error, Invocation, Message, SqsBatch, run, sqs_batch};
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let table = or_exit(AuditTrail::table(&env));
    let trail = &AuditTrail::new(&platform_aws::sdk_config(or_exit(env.aws())), table);
    run(async |invocation: Invocation<SqsBatch>| {
        Ok(sqs_batch(invocation, async |message| record(trail, message).await).await)
    })
    .await
}

/// Records the event of a message, logs the outcome, and returns `false` for another delivery.
async fn record(trail: &AuditTrail, Message { id, body, .. }: Message<'_>) -> bool {
    match trail.record(body).await {
        Ok(recorded) => {
            let duplicate = recorded == Recorded::Duplicate;
            tracing::info!(target: SERVICE_NAME, action = "audit", message_id = id, duplicate, "audited");
            true
        }
        Err(error) => {
            let error = ErrorChain(&error).to_string();
            tracing::error!(target: SERVICE_NAME, action = "audit", message_id = id, error, "not audited");
            false
        }
    }
}
