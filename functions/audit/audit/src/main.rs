//! A sample subscriber: keeps every event once. Its queue gets events at least once and in
//! batches, so it recognises duplicates by the event's id and reports what failed one by one.

mod audit_batch;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use orders_dynamodb::AuditTrail;
use platform_settings::Environment;
use platform_telemetry::{metrics, or_exit};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::of_process();
    platform_telemetry::init(&env);
    let table = or_exit(env.audit_table());

    let trail = &AuditTrail::new(&platform_aws::sdk_config(or_exit(env.aws())), table);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| {
        let response = audit_batch::keep_all(trail, event.payload).await;
        metrics::flush();
        Ok::<_, Error>(response)
    }))
    .await
}
