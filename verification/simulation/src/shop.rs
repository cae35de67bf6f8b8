//! A day from its beginning to the audit.

use crate::audit::{Broken, audit};
use crate::plan::Sabotage;
use crate::ports::Ports;
use crate::told::Request;
use crate::world::{Task, World};
use crate::{clients, keepers, schedule};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use orders_domain::ports::WaitingEvents as _;
use std::iter::Sum;
use std::sync::Arc;

/// How often a relay runs after the faults before the audit calls what is left lost.
const RUNS_IN_PEACE: usize = 100;

/// What happened, counted; to be summed over many days.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Turns.
    pub turns: u64,
    /// Processes that died.
    pub crashes: u64,
    /// Calls that failed before they did anything.
    pub calls_not_done: u64,
    /// Calls whose answer was lost.
    pub answers_lost: u64,
    /// Calls that the adapter sent twice.
    pub calls_repeated: u64,
    /// Requests that were answered with the order of an earlier one.
    pub replays: u64,
    /// Requests that were told that their key is taken.
    pub keys_reused: u64,
    /// Orders that were stored.
    pub orders: u64,
    /// Orders that were made because the claim of an earlier one had ended.
    pub orders_after_expiry: u64,
    /// Changes that were made.
    pub changes: u64,
    /// Events that arrived more than once.
    pub duplicates: u64,
    /// Events that relays published.
    pub relayed: u64,
    /// Times that an event was buried.
    pub buried: u64,
    /// Times that one was put back.
    pub redriven: u64,
}

/// A broken promise.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The day on which it was broken.
    pub seed: u64,
    /// Which, and how.
    pub broken: Broken,
}

/// Plays the day of a seed.
///
/// # Errors
///
/// [`Failure`] when a promise was broken.
pub fn simulate(seed: u64, sabotage: Option<Sabotage>) -> Result<Figures, Failure> {
    let world = World::new(seed, sabotage, false);
    play(&world).map_err(|broken| Failure { seed, broken })
}

/// Plays a day on which nothing goes wrong but for somebody who dies at each of these steps, counted
/// over all who can. Some steps more than there are make no difference.
///
/// # Errors
///
/// [`Failure`] when a promise was broken.
pub fn simulate_deaths(seed: u64, steps: &[u64]) -> Result<Figures, Failure> {
    let world = World::doomed(seed, steps);
    play(&world).map_err(|broken| Failure { seed, broken })
}

/// Plays the day of a seed and tells it, a line for each thing that happened.
#[must_use]
pub fn replay(seed: u64, sabotage: Option<Sabotage>) -> Vec<String> {
    let world = World::new(seed, sabotage, true);
    let outcome = play(&world);
    let mut story = world.story();
    story.push(format!("{outcome:?}"));
    story
}

fn play(world: &Arc<World>) -> Result<Figures, Broken> {
    for task in cast(world) {
        world.start(task);
    }
    if !schedule::run(world) {
        return Err(Broken::Endless);
    }
    world.make_peace();
    let relay = Ports { world: Arc::clone(world), process: "last relay".to_owned() };
    for _ in 0..RUNS_IN_PEACE {
        let is_done = world.orders.oldest().now_or_never().expect("at once").is_ok_and(|it| it.is_none());
        if is_done && world.letters.letters().is_empty() {
            break;
        }
        world.pass_ms(120_000);
        let work = keepers::relay(relay.clone(), true).boxed();
        world.start(Task { name: relay.process.clone(), work, is_mortal: false });
        if !schedule::run(world) {
            return Err(Broken::Endless);
        }
    }
    audit(world)
}

/// The actors of a day: some share keys, and some of those want different things.
fn cast(world: &Arc<World>) -> Vec<Task> {
    let immortal = |name: String, work: BoxFuture<'static, ()>| Task { name, work, is_mortal: false };
    let mut tasks = Vec::new();
    for number in 0..2 + world.below(4) {
        let request = Request {
            key: format!("key-{}", world.below(2)),
            quantity: if world.happens(250) { 2 } else { 1 },
        };
        let name = format!("shop{number}");
        tasks.push(immortal(name.clone(), clients::places(Arc::clone(world), name, request).boxed()));
    }
    for number in 0..world.below(4) {
        let name = format!("clerk{number}");
        tasks.push(immortal(name.clone(), clients::changes(Arc::clone(world), name).boxed()));
    }
    for number in 0..world.below(3) {
        let (name, runs) = (format!("relay{number}"), 1 + world.below(40));
        tasks.push(immortal(name.clone(), keepers::relays(Arc::clone(world), name, runs).boxed()));
    }
    tasks
}

impl Sum for Figures {
    fn sum<I: Iterator<Item = Self>>(days: I) -> Self {
        days.fold(Self::default(), |sum, day| Self {
            turns: sum.turns + day.turns,
            crashes: sum.crashes + day.crashes,
            calls_not_done: sum.calls_not_done + day.calls_not_done,
            answers_lost: sum.answers_lost + day.answers_lost,
            calls_repeated: sum.calls_repeated + day.calls_repeated,
            replays: sum.replays + day.replays,
            keys_reused: sum.keys_reused + day.keys_reused,
            orders: sum.orders + day.orders,
            orders_after_expiry: sum.orders_after_expiry + day.orders_after_expiry,
            changes: sum.changes + day.changes,
            duplicates: sum.duplicates + day.duplicates,
            relayed: sum.relayed + day.relayed,
            buried: sum.buried + day.buried,
            redriven: sum.redriven + day.redriven,
        })
    }
}
