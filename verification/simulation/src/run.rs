//! One run of the simulation, from its first task to the audit.

use crate::audit::audit;
use crate::charging_client::run_charging_client;
use crate::client::{PAYMENT_WINDOW, run_changing_client};
use crate::fault_plan::PortDefect;
use crate::figures::Figures;
use crate::money::is_money_open;
use crate::placing_client::{run_accepting_client, run_placing_client};
use crate::ports::Ports;
use crate::processor::{process_all, run_processor};
use crate::provider::run_provider;
use crate::provider_requests::{carry_out_all, run_provider_of_requests};
use crate::refunding_client::run_refunding_client;
use crate::relay::{run_relay, run_relays};
use crate::scheduler;
use crate::stock::run_editor;
use crate::subscriber::{run_subscriber, track_all};
use crate::sweeper::{run_sweep, run_sweepers};
use crate::violation::Violation;
use crate::world::{Task, World};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use platform_outbox::OutboxAdmin as _;
use std::sync::Arc;

/// Minimum number of sweeps after the faults: the first completes reservations, the second ends what nobody pays.
const MIN_FINAL_SWEEPS: usize = 3;
/// Maximum number of sweeps after the faults; the audit finds requests to providers that are open after them.
const MAX_FINAL_SWEEPS: usize = 12;
/// Maximum number of relay runs after the faults; the audit counts events that remain after them as lost.
const MAX_FINAL_RELAY_RUNS: usize = 100;

/// Probability in 1 of 1000 with which some orders of a day are processed later.
const DAYS_WITH_ACCEPTED_ORDERS: u16 = 300;

/// Violation in the run of a seed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Seed of the run.
    pub seed: u64,
    /// Violation of a guarantee.
    pub violation: Violation,
}

/// Runs the simulation of a seed.
///
/// # Errors
///
/// [`Failure`] when a guarantee was violated.
pub fn simulate(seed: u64, defect: Option<PortDefect>) -> Result<Figures, Failure> {
    let world = World::random(seed, defect, false);
    run(&world).map_err(|violation| Failure { seed, violation })
}

/// Runs the simulation of a seed without faults, except for a crash at each of these steps. The step numbers
/// count the steps of all processes that can crash. Numbers beyond the last step have no effect.
///
/// # Errors
///
/// [`Failure`] when a guarantee was violated.
pub fn simulate_crashes(seed: u64, steps: &[u64]) -> Result<Figures, Failure> {
    let world = World::with_crashes(seed, steps);
    run(&world).map_err(|violation| Failure { seed, violation })
}

/// Runs the simulation of a seed and returns its trace, a line for each step.
#[must_use]
pub fn replay(seed: u64, defect: Option<PortDefect>) -> Vec<String> {
    let world = World::random(seed, defect, true);
    let outcome = run(&world);
    let mut trace = world.trace_lines();
    trace.push(format!("{outcome:?}"));
    trace
}

fn run(world: &Arc<World>) -> Result<Figures, Violation> {
    for task in actors(world) {
        world.spawn(task);
    }
    if !scheduler::run(world) {
        return Err(Violation::Unfinished);
    }
    world.end_faults();
    sweep_until_settled(world)?;
    let relay = Ports { world: Arc::clone(world), process: "final relay".to_owned() };
    for _ in 0..MAX_FINAL_RELAY_RUNS {
        let is_empty = world.orders.oldest().now_or_never().expect("at once").is_ok_and(|it| it.is_none());
        if is_empty && world.dead_letters.letters().is_empty() {
            break;
        }
        world.advance_ms(120_000);
        finish(world, &relay.process, run_relay(relay.clone(), true).boxed())?;
    }
    let subscriber = "final subscriber".to_owned();
    finish(world, &subscriber, track_all(Arc::clone(world), subscriber.clone()).boxed())?;
    audit(world)
}

/// Sweeps until all orders that nobody pays have expired, and all requests to providers are answered.
fn sweep_until_settled(world: &Arc<World>) -> Result<(), Violation> {
    for sweep in 0..MAX_FINAL_SWEEPS {
        if sweep >= MIN_FINAL_SWEEPS && world.provider_queue.is_empty() && !is_money_open(world) {
            break;
        }
        // Longer than any task of a payment waits.
        let pause = 2 * PAYMENT_WINDOW.as_millis() + 60_000;
        world.advance_ms(i64::try_from(pause).expect("some minutes"));
        let sweeper = Ports { world: Arc::clone(world), process: "final sweeper".to_owned() };
        let (processor, provider) = ("final processor".to_owned(), "final-provider".to_owned());
        finish(world, &processor, process_all(Arc::clone(world), processor.clone()).boxed())?;
        finish(world, "final sweeper", run_sweep(sweeper).boxed())?;
        finish(world, &processor, process_all(Arc::clone(world), processor.clone()).boxed())?;
        finish(world, &provider, carry_out_all(Arc::clone(world), provider.clone()).boxed())?;
    }
    Ok(())
}

/// Runs a task until it and all others have finished.
fn finish(world: &Arc<World>, name: &str, work: BoxFuture<'static, ()>) -> Result<(), Violation> {
    world.spawn(Task { name: name.to_owned(), work, can_crash: false });
    if scheduler::run(world) { Ok(()) } else { Err(Violation::Unfinished) }
}

/// Actors of a run.
struct Actors<'a> {
    world: &'a Arc<World>,
    tasks: Vec<Task>,
}

impl Actors<'_> {
    /// Adds numbered actors.
    fn add<F>(&mut self, kind: &str, count: usize, run: impl Fn(Arc<World>, String) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        for number in 0..count {
            let name = format!("{kind}{number}");
            let work = run(Arc::clone(self.world), name.clone()).boxed();
            self.tasks.push(Task { name, work, can_crash: false });
        }
    }

    /// Adds the actors of orders that are processed later.
    fn add_those_of_accepted_orders(&mut self) {
        self.add("accepting-client", 1 + self.world.below(4), run_accepting_client);
        self.add("processor", self.world.below(3), run_processor);
        self.add("subscriber", self.world.below(2), run_subscriber);
    }
}

/// Returns the actors of a run. Some clients share a key, and some of these send different requests.
fn actors(world: &Arc<World>) -> Vec<Task> {
    let mut actors = Actors { world, tasks: Vec::new() };
    actors.add("placing-client", 2 + world.below(4), run_placing_client);
    if world.happens(DAYS_WITH_ACCEPTED_ORDERS) {
        actors.add_those_of_accepted_orders();
    }
    actors.add("changing-client", world.below(4), run_changing_client);
    let runs = |max: usize| 1 + world.below(max);
    actors.add("sweeper", world.below(3), |world, name| run_sweepers(world, name, runs(10)));
    actors.add("provider", world.below(3), run_provider);
    actors.add("refunding-client", world.below(3), run_refunding_client);
    actors.add("charging-client", world.below(2), run_charging_client);
    actors.add("provider-of-requests", world.below(3), run_provider_of_requests);
    let editor = run_editor(Arc::clone(world)).boxed();
    actors.tasks.push(Task { name: "editor".to_owned(), work: editor, can_crash: false });
    actors.add("relay", world.below(3), |world, name| run_relays(world, name, runs(40)));
    actors.tasks
}
