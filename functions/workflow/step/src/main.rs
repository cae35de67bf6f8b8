//! Steps of the workflow, which the state machine `order-fulfilment` invokes. An error makes it retry the step.

use kernel::{ErrorChain, Probe as _, SERVICE_NAME, Timestamp};
use orders_documentdb::OrderCollection;
use platform_lambda::{Error, Invocation, run, warm_up};
use platform_mongodb::DocumentDb;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;
use std::time::SystemTime;
use workflow_domain::Workflow;
use workflow_eventbridge::WorkflowBus;
use workflow_json::{StepRequest, StepResponse};
use workflow_orders::{OrdersOfWorkflow, schedule};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let (bus, schedule) = (or_exit(env.event_bus_name()), or_exit(schedule(&env)));

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let connections = DocumentDb::CONNECTIONS_PER_REQUEST;
    let secrets = SecretsManager::new(&aws);
    let orders =
        OrderCollection::new(or_exit(DocumentDb::from_environment(&env, secrets, connections).await));
    warm_up(async { [orders.probe().await] }).await;
    let workflow =
        &Workflow { orders: OrdersOfWorkflow { orders }, events: WorkflowBus::new(&aws, bus), schedule };
    run(async |invocation: Invocation<StepRequest>| respond(workflow, invocation).await).await
}

/// Runs a step, logs its outcome, and counts it: `workflow_steps_total`.
async fn respond(
    workflow: &Workflow<OrdersOfWorkflow<OrderCollection>, WorkflowBus>,
    Invocation { event, id, .. }: Invocation<StepRequest>,
) -> Result<StepResponse, Error> {
    let step = event.step()?;
    let operation = step.operation.as_str();
    let (tenant, order_id) = (step.order.tenant.as_str(), step.order.id.as_str());
    let outcome = workflow.run(&step, || Timestamp::from(SystemTime::now())).await.inspect_err(|error| {
        let error = ErrorChain(error).to_string();
        tracing::error!(target: SERVICE_NAME, request_id = id, action = "workflow-step", operation, tenant, order_id, error, "the step failed");
    })?;
    let standing = outcome.standing.as_str();
    metrics::counter!("workflow_steps_total", "operation" => operation, "standing" => standing).increment(1);
    tracing::info!(target: SERVICE_NAME, request_id = id, action = "workflow-step", operation, tenant, order_id, standing, "the step is done");
    Ok(StepResponse::new(&step, &outcome))
}
