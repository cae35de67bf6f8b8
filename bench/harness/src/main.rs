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

use case::{Case, CaseResult, Plan};
use fault::Fault;
use futures::future::try_join_all;
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
        Study::Scale => scale::measure(&settings).await,
    }
}

async fn compare(settings: &Settings) -> Result<(), Fault> {
    let mut results = Vec::new();
    for kind in &settings.stores {
        results.extend(over_stores(settings, *kind).await?);
    }
    report::write(settings, &results)
}

/// Measures every operation over some stores.
async fn over_stores(settings: &Settings, kind: StoresKind) -> Result<Vec<CaseResult>, Fault> {
    let stores = match kind {
        StoresKind::Stub(delay) => Stores::stubs(delay).await?,
        StoresKind::Real => Stores::real().await?,
    };
    let Settings { cold, warm, .. } = *settings;
    let plans = Operation::ALL.map(|operation| Plan { operation, stores: &stores, cold, warm });

    let progress = Progress::new(format!("{}, cold starts", stores.label()), plans.len() * cold);
    let mut cases = Vec::new();
    for plan in &plans {
        cases.push(Case::cold(plan, settings, &progress).await?);
    }
    drop(progress);

    let progress = Progress::new(format!("{}, warm invocations", stores.label()), plans.len() * warm);
    let measured = cases.into_iter().map(|case| case.warm(&progress));
    if kind.is_slow() {
        // Everybody waits most of the time, so there is room for all at once.
        try_join_all(measured).await
    } else {
        let mut results = Vec::new();
        for case in measured {
            results.push(case.await?);
        }
        Ok(results)
    }
}
