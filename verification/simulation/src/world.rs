//! Everything that the actors of a day share.

use crate::plan::{Plan, Sabotage};
use crate::shop::Figures;
use crate::told::Told;
use fastrand::Rng;
use futures::future::BoxFuture;
use orders_domain::Timestamp;
use orders_in_memory::{InMemoryBus, InMemoryClaims, InMemoryDeadLetters, InMemoryOrders};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

/// When every day begins.
const DAWN_MS: i64 = 1_769_851_800_000;

/// The stores, the clock, the dice, and who waits for a turn.
pub(crate) struct World {
    pub(crate) claims: InMemoryClaims,
    pub(crate) orders: InMemoryOrders,
    pub(crate) bus: InMemoryBus,
    pub(crate) letters: InMemoryDeadLetters,
    /// What the clients were told, in the order in which they were.
    pub(crate) told: Mutex<Vec<Told>>,
    state: Mutex<State>,
}

struct State {
    rng: Rng,
    now_ms: i64,
    plan: Plan,
    /// At which of the steps of those that can die somebody does, whatever the dice say.
    doomed: Vec<u64>,
    steps: u64,
    started: Vec<Task>,
    figures: Figures,
    story: Option<Vec<String>>,
}

/// Somebody who goes on turn by turn.
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) work: BoxFuture<'static, ()>,
    /// Whether it can die.
    pub(crate) is_mortal: bool,
}

impl World {
    /// A day that the seed decides; with its story when it shall be told.
    pub(crate) fn new(seed: u64, sabotage: Option<Sabotage>, is_told: bool) -> Arc<Self> {
        let mut rng = Rng::with_seed(seed);
        let plan = Plan::of(&mut rng, sabotage);
        Self::with(rng, plan, Vec::new(), is_told)
    }

    /// A quiet day, but for who dies at these steps.
    pub(crate) fn doomed(seed: u64, steps: &[u64]) -> Arc<Self> {
        Self::with(Rng::with_seed(seed), Plan::QUIET, steps.to_vec(), false)
    }

    fn with(rng: Rng, plan: Plan, doomed: Vec<u64>, is_told: bool) -> Arc<Self> {
        Arc::new(Self {
            claims: InMemoryClaims::default(),
            orders: InMemoryOrders::default(),
            bus: InMemoryBus::default(),
            letters: InMemoryDeadLetters::default(),
            told: Mutex::default(),
            state: Mutex::new(State {
                rng,
                now_ms: DAWN_MS,
                plan,
                doomed,
                steps: 0,
                started: Vec::new(),
                figures: Figures::default(),
                story: is_told.then(|| vec![format!("{plan:?}")]),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    pub(crate) fn plan(&self) -> Plan {
        self.state().plan
    }

    /// Ends the faults.
    pub(crate) fn make_peace(&self) {
        self.tell(|| "the faults end".to_owned());
        let mut state = self.state();
        state.plan = state.plan.in_peace();
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.state().now_ms).expect("a time")
    }

    pub(crate) fn pass_ms(&self, millis: i64) {
        self.state().now_ms += millis;
    }

    /// Lets a random time pass, as it does between two turns: mostly little, now and then a lot.
    pub(crate) fn pass(&self) {
        let leap = self.plan().leap;
        let millis = if self.happens(leap) { self.below(120_000) } else { self.below(50) };
        self.pass_ms(i64::try_from(millis).expect("some minutes"));
    }

    /// A number from 0 to one less than `bound`.
    pub(crate) fn below(&self, bound: usize) -> usize {
        self.state().rng.usize(..bound)
    }

    /// Whether something happens that does in `per_mille` of 1000 cases.
    pub(crate) fn happens(&self, per_mille: u16) -> bool {
        per_mille > 0 && self.state().rng.u16(..1000) < per_mille
    }

    /// Whether whoever is about to do a step, and can die, does.
    pub(crate) fn is_end(&self) -> bool {
        let mut state = self.state();
        state.steps += 1;
        let is_doomed = state.doomed.contains(&state.steps);
        drop(state);
        is_doomed || self.happens(self.plan().crash)
    }

    pub(crate) fn entropy(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.state().rng.fill(&mut bytes);
        bytes
    }

    /// Counts something.
    pub(crate) fn count(&self, what: impl FnOnce(&mut Figures)) {
        what(&mut self.state().figures);
    }

    pub(crate) fn figures(&self) -> Figures {
        self.state().figures
    }

    /// Adds a line to the story, if it is told.
    pub(crate) fn tell(&self, line: impl FnOnce() -> String) {
        let now_ms = self.state().now_ms - DAWN_MS;
        if self.state().story.is_some() {
            let line = format!("{now_ms:>9} ms  {}", line());
            self.state().story.as_mut().expect("a story").push(line);
        }
    }

    pub(crate) fn story(&self) -> Vec<String> {
        self.state().story.clone().unwrap_or_default()
    }

    /// Lets others go on first.
    pub(crate) async fn turn(&self) {
        self.count(|figures| figures.turns += 1);
        let mut was_here = false;
        std::future::poll_fn(|_| {
            if was_here {
                return Poll::Ready(());
            }
            was_here = true;
            Poll::Pending
        })
        .await;
    }

    /// Has somebody join in.
    pub(crate) fn start(&self, task: Task) {
        self.state().started.push(task);
    }

    pub(crate) fn take_started(&self) -> Vec<Task> {
        std::mem::take(&mut self.state().started)
    }
}
