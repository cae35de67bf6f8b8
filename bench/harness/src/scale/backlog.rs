//! How long the relay takes for the events of an outage of the bus.

use crate::fault::Fault;
use crate::instance::Instance;
use crate::operation::Operation;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stores::Stores;
use serde::Serialize;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How often is looked whether the last event is due.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// What became of a backlog.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Drained {
    pub(crate) events: usize,
    pub(crate) seconds: f64,
    pub(crate) per_second: f64,
}

/// Places orders while the bus is down, and lets one relay publish their events when it is back.
pub(crate) async fn measure(settings: &Settings) -> Result<Drained, Fault> {
    let stores = Stores::database(settings).await?;
    stores.bus()?.set_down(true);
    let mut create = Instance::of(Operation::Create.function(), &stores, settings).await?;
    let progress = Progress::new(format!("{}: orders without a bus", stores.label()), settings.backlog);
    for _ in 0..settings.backlog {
        let is_right = |answer: &_| Operation::Create.is_answered_by(answer);
        create.ask(Operation::Create.event(""), is_right).await?;
        progress.step();
    }
    drop(progress);
    stores.bus()?.set_down(false);
    while stores.has_events_that_are_not_due().await? {
        sleep(LOOK_AGAIN).await;
    }

    let progress = Progress::new(format!("{}: events to the bus", stores.label()), settings.backlog);
    let mut relay = Instance::of("relay", &stores, settings).await?;
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
    Ok(Drained { events, seconds, per_second: events as f64 / seconds })
}

fn published(report: &Value) -> Option<usize> {
    report["published"].as_u64().and_then(|published| usize::try_from(published).ok())
}
