//! Comparison of the functions with the same API in FastAPI: operations over stores, cold and warm.

mod artifact;
mod case;

pub(crate) use case::CaseResult;

use crate::error::Error;
use crate::operation::Operation;
use crate::progress::Progress;
use crate::settings::{CompareSettings, StoresKind};
use crate::stores::Stores;
use case::{Case, Plan};
use futures::future::try_join_all;
use std::time::Duration;

/// Measures every operation over each of the stores.
pub(crate) async fn measure(settings: &CompareSettings) -> Result<Vec<CaseResult>, Error> {
    let mut results = Vec::new();
    for kind in &settings.delays.0 {
        results.extend(measure_over(*kind, settings).await?);
    }
    Ok(results)
}

async fn measure_over(kind: StoresKind, settings: &CompareSettings) -> Result<Vec<CaseResult>, Error> {
    let stores = Stores::start(kind).await?;
    let CompareSettings { cold, warm, paths, .. } = settings;
    let plans =
        Operation::ALL.map(|operation| Plan { operation, stores: &stores, cold: *cold, warm: *warm, paths });

    let progress = Progress::new(format!("{}, cold starts", stores.label()), plans.len() * cold);
    let mut cases = Vec::new();
    for plan in &plans {
        cases.push(Case::measure_cold(plan, &progress).await?);
    }
    drop(progress);

    let progress = Progress::new(format!("{}, warm invocations", stores.label()), plans.len() * warm);
    let measured = cases.into_iter().map(|case| case.measure_warm(&progress));
    if has_delay(kind) {
        // The functions wait most of the time, so that all can be measured at once.
        try_join_all(measured).await
    } else {
        let mut results = Vec::new();
        for case in measured {
            results.push(case.await?);
        }
        Ok(results)
    }
}

fn has_delay(kind: StoresKind) -> bool {
    matches!(kind, StoresKind::Stub(delay) if delay > Duration::ZERO)
}
