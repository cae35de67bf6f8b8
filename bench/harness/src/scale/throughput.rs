//! How many orders are placed in a second, by how many instances.

use crate::fault::Fault;
use crate::figures::{Percentiles, Samples};
use crate::instance::Instance;
use crate::operation::Operation;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stores::Stores;
use crate::subject::Implementation;
use futures::future::try_join_all;
use serde::Serialize;
use std::time::{Duration, Instant};

/// How many instances run side by side.
const INSTANCES: [usize; 5] = [1, 2, 4, 8, 16];
/// What the stores take for an answer.
pub(crate) const DELAY: Duration = Duration::from_millis(5);

/// What some instances of an implementation came to.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Throughput {
    pub(crate) implementation: Implementation,
    pub(crate) instances: usize,
    pub(crate) per_second: f64,
    pub(crate) latency: Percentiles,
}

/// Keeps each number of instances busy for a while.
pub(crate) async fn measure(settings: &Settings) -> Result<Vec<Throughput>, Fault> {
    let stores = Stores::stubs(DELAY).await?;
    let steps = INSTANCES.len() * Implementation::BOTH.len();
    let progress = Progress::new(format!("throughput, stores: {}", stores.label()), steps);
    let mut results = Vec::new();
    for instances in INSTANCES {
        for implementation in Implementation::BOTH {
            results.push(busy(implementation, instances, &stores, settings).await?);
            progress.step();
        }
    }
    Ok(results)
}

async fn busy(
    implementation: Implementation,
    count: usize,
    stores: &Stores,
    settings: &Settings,
) -> Result<Throughput, Fault> {
    let subject = implementation.subject(Operation::Create, settings);
    let (env, logs) = (stores.environment(), settings.logs());
    let mut instances = Vec::new();
    for _ in 0..count {
        let mut instance = Instance::start(&subject, &env, &logs).await?;
        // What the twin connects to, it connects to now.
        place(&mut instance).await?;
        instances.push(instance);
    }
    let started = Instant::now();
    let end = started + settings.span;
    let latencies = try_join_all(instances.iter_mut().map(|it| place_until(it, end))).await?;
    let elapsed = started.elapsed();
    let samples: Samples = latencies.into_iter().flatten().collect();
    Ok(Throughput {
        implementation,
        instances: count,
        per_second: samples.rate(elapsed),
        latency: samples.percentiles(),
    })
}

/// Places orders one after the other, as long as there is time.
async fn place_until(instance: &mut Instance, end: Instant) -> Result<Vec<Duration>, Fault> {
    let mut latencies = Vec::new();
    while Instant::now() < end {
        latencies.push(place(instance).await?);
    }
    Ok(latencies)
}

async fn place(instance: &mut Instance) -> Result<Duration, Fault> {
    let create = Operation::Create;
    Ok(instance.ask(create.event(""), |answer| create.is_answered_by(answer)).await?.latency)
}
