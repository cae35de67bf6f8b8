//! One case: an operation over stores, both implementations in turns, so that whatever else the
//! machine does meets both alike.

use crate::artifact::zip_size;
use crate::fault::Fault;
use crate::figures::{Figures, Samples};
use crate::instance::{Instance, Invocation};
use crate::operation::Operation;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stores::Stores;
use crate::subject::{Implementation, Subject};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Duration;

/// What a case measures.
pub(crate) struct Plan<'a> {
    pub(crate) operation: Operation,
    pub(crate) stores: &'a Stores,
    pub(crate) cold: usize,
    pub(crate) warm: usize,
}

/// What came out of a case.
#[derive(Debug, Serialize)]
pub(crate) struct CaseResult {
    /// What was asked for.
    pub(crate) operation: Operation,
    /// What stood behind the functions.
    pub(crate) stores: String,
    pub(crate) rust: Figures,
    pub(crate) twin: Figures,
}

/// Warm invocations of one implementation before it is the other's turn.
const TURN: usize = 100;

/// One implementation in a case.
struct Side {
    subject: Subject,
    env: Vec<(String, String)>,
    logs: PathBuf,
    init: Samples,
    first: Samples,
    cold: Samples,
    latency: Samples,
    until_next_poll: Samples,
    cpu: Duration,
}

/// A case after its cold starts.
pub(crate) struct Case<'a> {
    plan: &'a Plan<'a>,
    settings: &'a Settings,
    rust: (Side, Instance),
    twin: (Side, Instance),
}

impl<'a> Case<'a> {
    /// Measures the cold starts.
    pub(crate) async fn cold(
        plan: &'a Plan<'a>,
        settings: &'a Settings,
        progress: &Progress,
    ) -> Result<Self, Fault> {
        let [mut rust, mut twin] = Implementation::BOTH.map(|it| Side::new(it, plan, settings));
        // The last one stays, for the warm invocations.
        for _ in 1..plan.cold {
            progress.step();
            drop(rust.cold(plan).await?);
            drop(twin.cold(plan).await?);
        }
        let (of_rust, of_twin) = (rust.cold(plan).await?, twin.cold(plan).await?);
        progress.step();
        Ok(Self { plan, settings, rust: (rust, of_rust), twin: (twin, of_twin) })
    }

    /// Measures the warm invocations, and sums up.
    pub(crate) async fn warm(self, progress: &Progress) -> Result<CaseResult, Fault> {
        let Self { plan, settings, rust: (mut rust, mut of_rust), twin: (mut twin, mut of_twin) } = self;
        let mut done = 0;
        while done < plan.warm {
            let count = TURN.min(plan.warm - done);
            rust.warm(&mut of_rust, plan, count).await?;
            twin.warm(&mut of_twin, plan, count).await?;
            done += count;
            progress.steps(count);
        }
        Ok(CaseResult {
            operation: plan.operation,
            stores: plan.stores.label(),
            rust: rust.figures(&of_rust, plan, settings)?,
            twin: twin.figures(&of_twin, plan, settings)?,
        })
    }
}

impl Side {
    fn new(implementation: Implementation, plan: &Plan<'_>, settings: &Settings) -> Self {
        Self {
            subject: implementation.subject(plan.operation, settings),
            env: plan.stores.environment(),
            logs: settings.logs(),
            init: Samples::default(),
            first: Samples::default(),
            cold: Samples::default(),
            latency: Samples::default(),
            until_next_poll: Samples::default(),
            cpu: Duration::ZERO,
        }
    }

    /// Starts an instance, and has it answer its first event.
    async fn cold(&mut self, plan: &Plan<'_>) -> Result<Instance, Fault> {
        let mut instance = Instance::start(&self.subject, &self.env, &self.logs).await?;
        self.init.push(instance.init);
        let invocation = self.invoke(&mut instance, plan).await?;
        self.first.push(invocation.latency);
        self.cold.push(instance.init + invocation.latency);
        Ok(instance)
    }

    async fn warm(&mut self, instance: &mut Instance, plan: &Plan<'_>, count: usize) -> Result<(), Fault> {
        let before = instance.usage()?.cpu;
        for _ in 0..count {
            let invocation = self.invoke(instance, plan).await?;
            self.latency.push(invocation.latency);
            self.until_next_poll.push(invocation.until_next_poll);
        }
        self.cpu += instance.usage()?.cpu.saturating_sub(before);
        Ok(())
    }

    async fn invoke(&self, instance: &mut Instance, plan: &Plan<'_>) -> Result<Invocation, Fault> {
        let order = plan.stores.order().await?;
        let is_right = |answer: &_| plan.operation.is_answered_by(answer);
        instance.ask(plan.operation.event(&order), is_right).await
    }

    fn figures(self, instance: &Instance, plan: &Plan<'_>, settings: &Settings) -> Result<Figures, Fault> {
        let artifact_bytes = zip_size(&self.subject, settings)?;
        Ok(Figures {
            init: self.init.percentiles(),
            first: self.first.percentiles(),
            cold: self.cold.percentiles(),
            latency: self.latency.percentiles(),
            until_next_poll: self.until_next_poll.percentiles(),
            cpu_ms: self.cpu.as_secs_f64() * 1000.0 / as_f64(plan.warm as u64),
            peak_mb: as_f64(instance.usage()?.peak_bytes) / 1e6,
            artifact_mb: as_f64(artifact_bytes) / 1e6,
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes are far below 2^52")]
fn as_f64(count: u64) -> f64 {
    count as f64
}
