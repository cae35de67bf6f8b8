//! Measurement of one case: an operation over stores. The implementations alternate, so that other load on
//! the machine affects both equally.

use crate::compare::artifact::zip_size;
use crate::error::Error;
use crate::figures::{Figures, Samples};
use crate::implementation::Implementation;
use crate::instance::{Instance, Invocation};
use crate::operation::Operation;
use crate::program::Program;
use crate::progress::Progress;
use crate::settings::Paths;
use crate::stores::Stores;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Parameters of a case.
pub(crate) struct Plan<'a> {
    pub(crate) operation: Operation,
    pub(crate) stores: &'a Stores,
    /// Number of cold starts of each implementation.
    pub(crate) cold: usize,
    /// Number of warm invocations of each implementation.
    pub(crate) warm: usize,
    pub(crate) paths: &'a Paths,
}

/// Result of a case.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CaseResult {
    pub(crate) operation: Operation,
    /// Label of the stores.
    pub(crate) stores: String,
    pub(crate) rust: Figures,
    pub(crate) fastapi: Figures,
}

/// Number of consecutive warm invocations of one implementation.
const TURN: usize = 100;

/// Measurements of one implementation.
struct Measurements {
    program: Program,
    artifact_bytes: u64,
    init: Samples,
    first: Samples,
    cold: Samples,
    latency: Samples,
    until_next_poll: Samples,
    cpu: Duration,
}

/// Case after its cold starts.
pub(crate) struct Case<'a> {
    plan: &'a Plan<'a>,
    rust: (Measurements, Instance),
    fastapi: (Measurements, Instance),
}

impl<'a> Case<'a> {
    /// Measures the cold starts.
    pub(crate) async fn measure_cold(plan: &'a Plan<'a>, progress: &Progress) -> Result<Self, Error> {
        let mut rust = Measurements::new(Implementation::Rust, plan)?;
        let mut fastapi = Measurements::new(Implementation::FastApi, plan)?;
        // The instances of the last cold start remain, for the warm invocations.
        for _ in 1..plan.cold {
            drop(rust.start(plan).await?);
            drop(fastapi.start(plan).await?);
            progress.step();
        }
        let (of_rust, of_fastapi) = (rust.start(plan).await?, fastapi.start(plan).await?);
        progress.step();
        Ok(Self { plan, rust: (rust, of_rust), fastapi: (fastapi, of_fastapi) })
    }

    /// Measures the warm invocations, and computes the figures.
    pub(crate) async fn measure_warm(self, progress: &Progress) -> Result<CaseResult, Error> {
        let Self { plan, rust: (mut rust, mut of_rust), fastapi: (mut fastapi, mut of_fastapi) } = self;
        let mut done = 0;
        while done < plan.warm {
            let count = TURN.min(plan.warm - done);
            rust.invoke_repeatedly(&mut of_rust, plan, count).await?;
            fastapi.invoke_repeatedly(&mut of_fastapi, plan, count).await?;
            done += count;
            progress.steps(count);
        }
        Ok(CaseResult {
            operation: plan.operation,
            stores: plan.stores.label().to_owned(),
            rust: rust.figures(&of_rust, plan)?,
            fastapi: fastapi.figures(&of_fastapi, plan)?,
        })
    }
}

impl Measurements {
    fn new(implementation: Implementation, plan: &Plan<'_>) -> Result<Self, Error> {
        let program = implementation.program(plan.operation, plan.paths);
        Ok(Self {
            // Computed before the measurement: it takes seconds, in which no stub responds.
            artifact_bytes: zip_size(&program, plan.paths)?,
            program,
            init: Samples::default(),
            first: Samples::default(),
            cold: Samples::default(),
            latency: Samples::default(),
            until_next_poll: Samples::default(),
            cpu: Duration::ZERO,
        })
    }

    /// Starts an instance, and sends its first event.
    async fn start(&mut self, plan: &Plan<'_>) -> Result<Instance, Error> {
        let (env, logs) = (plan.stores.environment(), plan.paths.logs());
        let mut instance = Instance::start(&self.program, &env, &logs).await?;
        self.init.push(instance.init);
        let invocation = invoke(&mut instance, plan).await?;
        self.first.push(invocation.latency);
        self.cold.push(instance.init + invocation.latency);
        Ok(instance)
    }

    async fn invoke_repeatedly(
        &mut self,
        instance: &mut Instance,
        plan: &Plan<'_>,
        count: usize,
    ) -> Result<(), Error> {
        let before = instance.usage()?.cpu;
        for _ in 0..count {
            let invocation = invoke(instance, plan).await?;
            self.latency.push(invocation.latency);
            self.until_next_poll.push(invocation.until_next_poll);
        }
        self.cpu += instance.usage()?.cpu.saturating_sub(before);
        Ok(())
    }

    fn figures(self, instance: &Instance, plan: &Plan<'_>) -> Result<Figures, Error> {
        Ok(Figures {
            init: self.init.percentiles(),
            first: self.first.percentiles(),
            cold: self.cold.percentiles(),
            latency: self.latency.percentiles(),
            until_next_poll: self.until_next_poll.percentiles(),
            cpu_ms: self.cpu.as_secs_f64() * 1000.0 / as_f64(plan.warm as u64),
            peak_mb: as_f64(instance.usage()?.peak_bytes) / 1e6,
            artifact_mb: as_f64(self.artifact_bytes) / 1e6,
        })
    }
}

async fn invoke(instance: &mut Instance, plan: &Plan<'_>) -> Result<Invocation, Error> {
    let order = plan.stores.new_order().await?;
    let is_expected = |response: &_| plan.operation.is_expected(response);
    instance.invoke_expecting(plan.operation.event(&order), is_expected).await
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
