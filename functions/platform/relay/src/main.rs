//! Publishes the events that nobody else did. Invoked on a schedule, or by hand; with
//! `{"redrive": true}` it puts the dead letters back first. Answers what it did.

mod relay_run;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use orders_domain::ports::Probe as _;
use orders_documentdb::DocumentDb;
use orders_eventbridge::EventBridgePublisher;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_sqs::SqsDeadLetters;
use platform_telemetry::{metrics, not_warmed, or_exit};
use relay_run::{RelayRun, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::of_process();
    platform_telemetry::init(&env);
    let (bus, dead_letters) = (or_exit(env.event_bus_name()), or_exit(env.dead_letters_url()));
    let lease = or_exit(env.relay_lease());

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let orders = or_exit(DocumentDb::from_environment(&env, SecretsManager::new(&aws)).await);
    not_warmed(orders.probe().await);
    let run = &RelayRun {
        orders,
        events: EventBridgePublisher::new(&aws, bus),
        dead_letters: SqsDeadLetters::new(&aws, dead_letters),
        lease,
    };
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Request>| {
        let report = run.until_done(&event.payload, &event.context).await;
        metrics::flush();
        Ok::<_, Error>(report)
    }))
    .await
}
