//! Measures functions as processes behind a stand-in for Lambda: those for creating, reading and
//! changing an order against their twin in FastAPI (`compare`), and what becomes of them as
//! instances, orders, events and invocations grow in number (`scale`).
//!
//! Tables go to stdout, progress to stderr, and the rest to the folder of `--results`.

mod artifact;
mod case;
mod fault;
mod figures;
mod instance;
mod local_stack;
mod operation;
mod progress;
mod report;
mod runtime_api;
mod scale;
mod settings;
mod stores;
mod stub;
mod subject;
mod usage;

use case::{CaseResult, Plan, measure};
use fault::Fault;
use operation::Operation;
use progress::Progress;
use settings::{Settings, StoresKind, Study};
use std::process::ExitCode;
use stores::Stores;

// One thread: the functions have the other processors for themselves, and nothing here waits for
// a thread to wake up.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("orders-bench: {fault}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Fault> {
    let settings = Settings::from_arguments(std::env::args().skip(1))?;
    match settings.study {
        Study::Compare => compare(&settings).await,
        Study::Scale => report::write_scale(&settings, &scale::measure(&settings).await?),
    }
}

async fn compare(settings: &Settings) -> Result<(), Fault> {
    let mut results = Vec::new();
    for stores in 0..settings.stores.len() {
        results.extend(over_stores(settings, stores).await?);
    }
    report::write(settings, &results)
}

/// Measures every operation over the stores with this index.
async fn over_stores(settings: &Settings, index: usize) -> Result<Vec<CaseResult>, Fault> {
    let stores = match settings.stores[index] {
        StoresKind::Stub(delay) => Stores::stubs(delay).await?,
        StoresKind::Real => Stores::real().await?,
    };
    let cases = settings.stores.len() * Operation::ALL.len();
    let mut results = Vec::new();
    for (n, operation) in Operation::ALL.into_iter().enumerate() {
        let number = index * Operation::ALL.len() + n + 1;
        let title = format!("[{number}/{cases}] {}, {}", operation.name(), stores.label());
        let plan = Plan { operation, stores: &stores, cold: settings.cold, warm: settings.warm };
        results.push(measure(&plan, settings, &Progress::new(title)).await?);
    }
    Ok(results)
}
