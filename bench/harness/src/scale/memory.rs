//! How much memory a process has after how many invocations.

use crate::fault::Fault;
use crate::instance::Instance;
use crate::operation::Operation;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stores::Stores;
use serde::Serialize;
use std::time::Duration;

/// How often is looked.
const LOOKS: usize = 10;

/// The memory of a process after some invocations.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Footprint {
    pub(crate) invocations: usize,
    pub(crate) resident_mb: f64,
}

/// Has one process place orders.
pub(crate) async fn measure(settings: &Settings) -> Result<Vec<Footprint>, Fault> {
    let stores = Stores::stubs(Duration::ZERO).await?;
    let progress = Progress::new("invocations of one process", settings.invocations);
    let mut create = Instance::of(Operation::Create.function(), &stores, settings).await?;
    let every = settings.invocations.div_ceil(LOOKS);
    let mut footprints = Vec::new();
    for n in 1..=settings.invocations {
        let is_right = |answer: &_| Operation::Create.is_answered_by(answer);
        create.ask(Operation::Create.event(""), is_right).await?;
        progress.step();
        if n == 1 || n % every == 0 || n == settings.invocations {
            let resident = u32::try_from(create.usage()?.resident_bytes / 1_000).unwrap_or(u32::MAX);
            footprints.push(Footprint { invocations: n, resident_mb: f64::from(resident) / 1_000.0 });
        }
    }
    Ok(footprints)
}
