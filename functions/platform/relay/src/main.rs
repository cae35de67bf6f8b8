//! Publishes the events that are left in outboxes. Invoked on a schedule or by hand; `{"redrive": true}` first
//! requeues the dead letters. Returns a summary.

mod request;

use kernel::Probe as _;
use orders_documentdb::OrderCollection;
use orders_eventbridge::{EventBridgePublisher, OrderDeadLetters};
use platform_lambda::{Error, Invocation, run, warm_up};
use platform_mongodb::DocumentDb;
use platform_outbox::{MAX_CONCURRENCY, RelayRun};
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_sqs::SqsDeadLetters;
use platform_telemetry::or_exit;
use request::RelayRequest;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let (bus, queue_url) = (or_exit(env.event_bus_name()), or_exit(env.dead_letters_url()));
    let lease_duration = or_exit(env.relay_lease());

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let secrets = SecretsManager::new(&aws);
    // One per concurrent lease or acknowledgement; the pool opens as many as it needs.
    let connections = MAX_CONCURRENCY.into();
    let database = or_exit(DocumentDb::from_environment(&env, secrets, connections).await);
    let queue = OrderCollection::new(database);
    warm_up(async { [queue.probe().await] }).await;
    let publisher = EventBridgePublisher::new(&aws, bus);
    let dead_letters = SqsDeadLetters::<OrderDeadLetters>::new(&aws, queue_url);
    let relay = &RelayRun { queue, publisher, dead_letters, lease_duration };
    run(async |invocation: Invocation<RelayRequest>| {
        Ok(relay.run(invocation.event.redrive, &invocation.id, invocation.remaining).await)
    })
    .await
}
