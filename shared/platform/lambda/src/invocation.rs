//! Functions for events of other sources than API Gateway.

use lambda_runtime::{Context, Error, LambdaEvent, service_fn};
use platform_telemetry::flush_metrics;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};

/// Invocation of a function.
#[derive(Clone, Debug)]
pub struct Invocation<E> {
    /// Event.
    pub event: E,
    /// Request id of Lambda.
    pub id: String,
    /// Time until the deadline.
    pub remaining: Duration,
}

/// Time for an invocation when the runtime sets no usable deadline: `cargo lambda watch` sets one in 1970.
const DEFAULT_TIMEOUT: Duration = Duration::from_mins(1);

impl<E> Invocation<E> {
    fn new(event: E, context: Context) -> Self {
        let remaining = context.deadline().duration_since(SystemTime::now()).unwrap_or(DEFAULT_TIMEOUT);
        Self { event, id: context.request_id, remaining }
    }
}

/// Runs `function` for each event until the runtime ends the process. Writes the metrics after each.
///
/// # Errors
///
/// When the Lambda runtime API is not available or violates its protocol.
pub async fn run<E, R>(function: impl AsyncFn(Invocation<E>) -> Result<R, Error>) -> Result<(), Error>
where
    E: for<'de> Deserialize<'de>,
    R: Serialize,
{
    let function = &function;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<E>| {
        // Boxed, since the compiler limits the depth of nested futures.
        let result = Box::pin(function(Invocation::new(event.payload, event.context))).await;
        flush_metrics();
        result
    }))
    .await
}
