//! Memory of one process after increasing numbers of invocations.

use crate::error::Error;
use crate::instance::Instance;
use crate::operation::Operation;
use crate::progress::Progress;
use crate::settings::Paths;
use crate::stores::Stores;
use serde::Serialize;
use std::time::Duration;

/// Number of memory readings, in addition to the one after the first invocation.
const READINGS: usize = 10;

/// Memory of a process after a number of invocations.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct MemoryUsage {
    pub(crate) invocations: usize,
    pub(crate) resident_mb: f64,
}

/// Measures the memory of a process that places orders.
pub(crate) async fn measure(invocations: usize, paths: &Paths) -> Result<Vec<MemoryUsage>, Error> {
    let stores = Stores::stubs(Duration::ZERO).await?;
    let progress = Progress::new("invocations of one process", invocations);
    let create = Operation::Create;
    let mut instance = Instance::of(create.function(), &stores, paths).await?;
    let interval = invocations.div_ceil(READINGS);
    let mut usages = Vec::new();
    for n in 1..=invocations {
        instance.invoke_expecting(create.event(""), |response| create.is_expected(response)).await?;
        progress.step();
        if n == 1 || n % interval == 0 || n == invocations {
            let resident = u32::try_from(instance.usage()?.resident_bytes / 1_000).unwrap_or(u32::MAX);
            usages.push(MemoryUsage { invocations: n, resident_mb: f64::from(resident) / 1_000.0 });
        }
    }
    Ok(usages)
}
