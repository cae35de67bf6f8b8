//! Measurements of the functions with increasing numbers of concurrent instances, invocations of one
//! process, events for the relay, and orders in the database.

mod memory;
mod reads;
mod relay;
mod throughput;

pub(crate) use memory::MemoryUsage;
pub(crate) use reads::ReadLatency;
pub(crate) use relay::{RelayThroughput, measure as measure_relay};
pub(crate) use throughput::{DELAY, Throughput};

use crate::error::Error;
use crate::settings::ScaleSettings;
use serde::Serialize;
use std::time::Duration;

/// Results so far.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ScaleResults {
    pub(crate) throughput: Vec<Throughput>,
    pub(crate) memory: Vec<MemoryUsage>,
    pub(crate) relay: Vec<RelayThroughput>,
    pub(crate) reads: Vec<ReadLatency>,
}

/// Delays of the stores behind the relay.
const RELAY_DELAYS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(5)];

/// Runs the measurements sequentially, and saves the results after each.
pub(crate) async fn measure(
    settings: &ScaleSettings,
    keep: impl Fn(&ScaleResults) -> Result<(), Error>,
) -> Result<ScaleResults, Error> {
    let throughput = throughput::measure(settings.seconds, &settings.paths).await?;
    let mut results = ScaleResults { throughput, ..ScaleResults::default() };
    keep(&results)?;
    results.memory = memory::measure(settings.invocations, &settings.paths).await?;
    keep(&results)?;
    for delay in RELAY_DELAYS {
        results.relay.push(relay::measure(settings.backlog, delay, &settings.paths).await?);
        keep(&results)?;
    }
    for orders in &settings.orders.0 {
        results.reads.extend(reads::measure(*orders, &settings.paths).await?);
        keep(&results)?;
    }
    Ok(results)
}
