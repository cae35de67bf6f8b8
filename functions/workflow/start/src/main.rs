//! Starts the workflow of each new order. Its queue delivers an event at least once, and in batches. The name of an execution
//! is the id of its order, so that another delivery starts no second one. Failures are reported per message.

use kernel::{ErrorChain, SERVICE_NAME};
use platform_lambda::{Error, Invocation, Message, SqsBatch, run, sqs_batch};
use platform_settings::Environment;
use platform_telemetry::or_exit;
use workflow_domain::ports::{Executions as _, Started};
use workflow_json::{execution_input, placed_order};
use workflow_stepfunctions::StateMachine;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let arn = or_exit(StateMachine::arn(&env));
    let machine = &StateMachine::new(&platform_aws::sdk_config(or_exit(env.aws())), arn, execution_input);
    run(async |invocation: Invocation<SqsBatch>| {
        Ok(sqs_batch(invocation, async |message| start(machine, message).await).await)
    })
    .await
}

/// Starts the workflow of the order of a message, and logs the outcome. Returns `false` when the queue has to deliver the
/// message again.
async fn start(machine: &StateMachine, Message { id, body, .. }: Message<'_>) -> bool {
    let placed = match placed_order(body) {
        Ok(placed) => placed,
        Err(error) => {
            log_failure(id, &error);
            return false;
        }
    };
    match machine.start(&placed).await {
        Ok(started) => {
            let (order_id, tenant) = (placed.order.id.as_str(), placed.order.tenant.as_str());
            let duplicate = started == Started::AlreadyStarted;
            tracing::info!(target: SERVICE_NAME, action = "start-workflow", message_id = id, tenant, order_id, duplicate, "started");
            true
        }
        Err(error) => {
            log_failure(id, &error);
            false
        }
    }
}

fn log_failure(message_id: &str, error: &(dyn std::error::Error + 'static)) {
    let error = ErrorChain(error).to_string();
    tracing::error!(target: SERVICE_NAME, action = "start-workflow", message_id, error, "not started");
}
