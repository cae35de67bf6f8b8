//! How long the relay takes for the events of an outage of the bus.

use crate::fault::Fault;
use crate::instance::Instance;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stores::Stores;
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, Instant};

/// What the stores take for an answer.
const DELAYS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(5)];

/// What became of a backlog.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Drained {
    pub(crate) stores: String,
    pub(crate) events: usize,
    pub(crate) seconds: f64,
    pub(crate) per_second: f64,
}

/// Has one relay publish what is due.
pub(crate) async fn measure(settings: &Settings) -> Result<Vec<Drained>, Fault> {
    let mut results = Vec::new();
    for delay in DELAYS {
        results.push(drain(&Stores::stubs(delay).await?, settings).await?);
    }
    Ok(results)
}

async fn drain(stores: &Stores, settings: &Settings) -> Result<Drained, Fault> {
    let progress = Progress::new(format!("backlog, stores: {}", stores.label()), settings.backlog);
    let mut relay = Instance::of("relay", stores, settings).await?;
    stores.outboxes()?.add(settings.backlog);
    let (mut events, started) = (0, Instant::now());
    while events < settings.backlog {
        let run = relay.ask("{}".into(), |report| published(report) > Some(0)).await?;
        let report = serde_json::from_slice(&run.answer).unwrap_or_default();
        let count = published(&report).unwrap_or_default();
        events += count;
        progress.steps(count);
    }
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let per_second = events as f64 / seconds;
    Ok(Drained { stores: stores.label(), events, seconds, per_second })
}

fn published(report: &Value) -> Option<usize> {
    report["published"].as_u64().and_then(|published| usize::try_from(published).ok())
}
