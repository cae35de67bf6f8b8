//! Events per second that one relay publishes after an outage of the event bus.

use crate::error::Error;
use crate::instance::Instance;
use crate::progress::Progress;
use crate::settings::Paths;
use crate::stores::Stores;
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Throughput of the relay over stores.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RelayThroughput {
    /// Label of the stores.
    pub(crate) stores: String,
    pub(crate) events: usize,
    pub(crate) seconds: f64,
    pub(crate) per_second: f64,
}

/// Measures one relay that publishes the events of `backlog` orders, over stubs with a delay. Invokes it
/// until all events are published.
pub(crate) async fn measure(
    backlog: usize,
    delay: Duration,
    paths: &Paths,
) -> Result<RelayThroughput, Error> {
    let stores = Stores::stubs(delay).await?;
    let progress = Progress::new(format!("relay, stores: {}", stores.label()), backlog);
    let mut relay = Instance::of("relay", &stores, paths).await?;
    stores.outboxes()?.add(backlog);
    let (mut events, started) = (0, Instant::now());
    while events < backlog {
        let run = relay.invoke_expecting("{}".into(), |report| published(report) > Some(0)).await?;
        let report = serde_json::from_slice(&run.response).unwrap_or_default();
        let count = published(&report).unwrap_or_default();
        events += count;
        progress.steps(count);
    }
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let per_second = events as f64 / seconds;
    Ok(RelayThroughput { stores: stores.label().to_owned(), events, seconds, per_second })
}

fn published(report: &Value) -> Option<usize> {
    report["published"].as_u64().and_then(|published| usize::try_from(published).ok())
}
