//! `PATCH /orders/{id}`: moves an order to another status.

mod patch_order;

use orders::ports::Probe as _;
use orders_documentdb::DocumentDb;
use orders_eventbridge::EventBridgePublisher;
use orders_settings::Environment;
use orders_telemetry::{not_warmed, or_exit};
use patch_order::PatchOrder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    let env = Environment::of_process();
    orders_telemetry::init(env.log_level());
    or_exit(env.check_aws_endpoint());
    let bus = or_exit(env.event_bus_name());

    let orders = or_exit(DocumentDb::from_environment(&env).await);
    let (aws, documentdb) = tokio::join!(orders_aws::sdk_config(), orders.probe());
    not_warmed(documentdb);
    orders_http::serve(PatchOrder { orders, events: EventBridgePublisher::new(&aws, bus) }).await
}
