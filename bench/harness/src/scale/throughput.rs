//! Orders per second that increasing numbers of concurrent instances place.

use crate::error::Error;
use crate::figures::{Percentiles, Samples};
use crate::implementation::Implementation;
use crate::instance::Instance;
use crate::operation::Operation;
use crate::progress::Progress;
use crate::settings::Paths;
use crate::stores::Stores;
use futures::future::try_join_all;
use serde::Serialize;
use std::time::{Duration, Instant};

/// Numbers of instances.
const INSTANCES: [usize; 5] = [1, 2, 4, 8, 16];
/// Delay of the stores.
pub(crate) const DELAY: Duration = Duration::from_millis(5);

/// Throughput of a number of instances of an implementation.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Throughput {
    pub(crate) implementation: Implementation,
    pub(crate) instances: usize,
    pub(crate) per_second: f64,
    pub(crate) latency: Percentiles,
}

/// Measures both implementations with each number of instances, for `duration` each.
pub(crate) async fn measure(duration: Duration, paths: &Paths) -> Result<Vec<Throughput>, Error> {
    let stores = Stores::stubs(DELAY).await?;
    let steps = INSTANCES.len() * Implementation::BOTH.len();
    let progress = Progress::new(format!("throughput, stores: {}", stores.label()), steps);
    let mut results = Vec::new();
    for count in INSTANCES {
        for implementation in Implementation::BOTH {
            let mut instances = start(implementation, count, &stores, paths).await?;
            let (per_second, latency) = place_orders(&mut instances, duration).await?;
            results.push(Throughput { implementation, instances: count, per_second, latency });
            progress.step();
        }
    }
    Ok(results)
}

async fn start(
    implementation: Implementation,
    count: usize,
    stores: &Stores,
    paths: &Paths,
) -> Result<Vec<Instance>, Error> {
    let program = implementation.program(Operation::Create, paths);
    let mut instances = Vec::new();
    for _ in 0..count {
        let mut instance = Instance::start(&program, &stores.environment(), &paths.logs()).await?;
        // FastAPI connects to its stores at the first order.
        place_order(&mut instance).await?;
        instances.push(instance);
    }
    Ok(instances)
}

/// Places orders for `duration`; returns orders per second and their latency.
async fn place_orders(instances: &mut [Instance], duration: Duration) -> Result<(f64, Percentiles), Error> {
    let started = Instant::now();
    let end = started + duration;
    let latencies = try_join_all(instances.iter_mut().map(|it| place_orders_until(end, it))).await?;
    let elapsed = started.elapsed();
    let samples: Samples = latencies.into_iter().flatten().collect();
    Ok((samples.rate(elapsed), samples.percentiles()))
}

/// Places orders sequentially until `end`.
async fn place_orders_until(end: Instant, instance: &mut Instance) -> Result<Vec<Duration>, Error> {
    let mut latencies = Vec::new();
    while Instant::now() < end {
        latencies.push(place_order(instance).await?);
    }
    Ok(latencies)
}

async fn place_order(instance: &mut Instance) -> Result<Duration, Error> {
    let create = Operation::Create;
    let invoked = instance.invoke_expecting(create.event(""), |response| create.is_expected(response));
    Ok(invoked.await?.latency)
}
