//! Announces changes of products and stocks on the bus. The stream of their table delivers each write at least once, in the order
//! of the writes to an item.

use catalog_domain::ports::CatalogEvents as _;
use catalog_domain::{CatalogChange, CatalogEvent};
use catalog_dynamodb::change_of;
use catalog_eventbridge::CatalogBus;
use kernel::{ErrorChain, PortError, SERVICE_NAME};
use platform_lambda::{Error, Invocation, StreamBatch, StreamRecord, run, stream_batch};
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let bus = or_exit(env.event_bus_name());
    let bus = &CatalogBus::new(&platform_aws::sdk_config(or_exit(env.aws())), bus);
    run(async |invocation: Invocation<StreamBatch>| {
        Ok(stream_batch(invocation, async |record| announce(bus, record).await).await)
    })
    .await
}

/// Announces a write, logs the outcome, and returns `false` for another delivery.
async fn announce(bus: &CatalogBus, record: StreamRecord) -> bool {
    let sequence_number = record.sequence_number.clone();
    match publish(bus, record).await {
        Ok(None) => true,
        Ok(Some(event)) => {
            let (event_id, kind) = (event.id(), event.name());
            tracing::info!(
                target: SERVICE_NAME,
                action = "announce", tenant = %event.product().tenant, event_id, kind, "announced"
            );
            true
        }
        Err(error) => {
            let error = ErrorChain(&error).to_string();
            tracing::error!(target: SERVICE_NAME, action = "announce", sequence_number, error, "not announced");
            false
        }
    }
}

async fn publish(bus: &CatalogBus, record: StreamRecord) -> Result<Option<CatalogEvent>, PortError> {
    // Nobody deletes a product or a stock.
    let Some(after) = record.after else { return Ok(None) };
    let Some(event) = change_of(record.before, after, record.at)?.and_then(CatalogChange::event) else {
        return Ok(None);
    };
    bus.publish(&event).await?;
    Ok(Some(event))
}
