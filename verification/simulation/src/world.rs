//! State that the actors of a run share.

use crate::accepted_queue::AcceptedQueue;
use crate::fault_plan::{FaultPlan, PortDefect};
use crate::figures::Figures;
use crate::ledger::Ledger;
use crate::observation::Observation;
use crate::queue::Queue;
use crate::screening::screening;
use crate::stock;
use fastrand::Rng;
use futures::future::BoxFuture;
use kernel::{Timestamp, Version};
use orders_domain::ports::TrackedStatus;
use orders_domain::{AcceptedRequest, OrderId, OrderKey, ProviderRequest};
use orders_in_memory::{
    InMemoryBus, InMemoryCatalog, InMemoryClaims, InMemoryDeadLetters, InMemoryOrders, InMemoryScreening,
    InMemoryStatuses, InMemoryStock,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

/// Time at which every run begins.
const START_MS: i64 = 1_769_851_800_000;

/// Stores, clock, random numbers, observations, and tasks to be scheduled.
pub(crate) struct World {
    pub(crate) claims: InMemoryClaims,
    pub(crate) catalog: InMemoryCatalog,
    pub(crate) stock: InMemoryStock,
    pub(crate) orders: InMemoryOrders,
    pub(crate) bus: InMemoryBus,
    pub(crate) dead_letters: InMemoryDeadLetters,
    pub(crate) statuses: InMemoryStatuses,
    pub(crate) screening: InMemoryScreening,
    /// Requests to providers that nobody has carried out.
    pub(crate) provider_queue: Queue<(OrderKey, ProviderRequest)>,
    /// Accepted orders that no processor has decided.
    pub(crate) accepted_queue: AcceptedQueue,
    /// Statuses of the events that the subscriber has not tracked.
    pub(crate) tracking_queue: Queue<TrackedStatus>,
    /// Requests of all orders that were accepted, also of those whose response was lost.
    accepted: Mutex<BTreeMap<OrderId, AcceptedRequest>>,
    /// Money at the provider.
    ledger: Mutex<Ledger>,
    /// Observations in chronological order.
    observations: Mutex<Vec<Observation>>,
    state: Mutex<State>,
}

struct State {
    rng: Rng,
    now_ms: i64,
    plan: FaultPlan,
    /// Numbers of the steps at which a process crashes, counted over all processes that can crash.
    crash_steps: Vec<u64>,
    steps: u64,
    spawned: Vec<Task>,
    figures: Figures,
    trace: Option<Vec<String>>,
}

/// Task of the scheduler.
pub(crate) struct Task {
    pub(crate) name: String,
    pub(crate) work: BoxFuture<'static, ()>,
    pub(crate) can_crash: bool,
}

impl World {
    /// Creates the world of a seed, which determines the fault plan; with an optional trace.
    pub(crate) fn random(seed: u64, defect: Option<PortDefect>, is_traced: bool) -> Arc<Self> {
        let mut rng = Rng::with_seed(seed);
        let plan = FaultPlan::random(&mut rng, defect);
        Self::new(rng, plan, Vec::new(), is_traced)
    }

    /// Creates the world of a seed without faults, except for a crash at each of these steps.
    pub(crate) fn with_crashes(seed: u64, steps: &[u64]) -> Arc<Self> {
        Self::new(Rng::with_seed(seed), FaultPlan::NO_FAULTS, steps.to_vec(), false)
    }

    fn new(rng: Rng, plan: FaultPlan, crash_steps: Vec<u64>, is_traced: bool) -> Arc<Self> {
        let (claims, catalog) = (InMemoryClaims::default(), stock::catalog());
        Arc::new(Self {
            stock: InMemoryStock::new(claims.clone(), catalog.clone()),
            claims,
            catalog,
            orders: InMemoryOrders::default(),
            bus: InMemoryBus::default(),
            dead_letters: InMemoryDeadLetters::default(),
            statuses: InMemoryStatuses::default(),
            screening: screening(),
            provider_queue: Queue::default(),
            accepted_queue: AcceptedQueue::default(),
            tracking_queue: Queue::default(),
            accepted: Mutex::default(),
            ledger: Mutex::default(),
            observations: Mutex::default(),
            state: Mutex::new(State {
                rng,
                now_ms: START_MS,
                plan,
                crash_steps,
                steps: 0,
                spawned: Vec::new(),
                figures: Figures::default(),
                trace: is_traced.then(|| vec![format!("{plan:?}")]),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    pub(crate) fn plan(&self) -> FaultPlan {
        self.state().plan
    }

    /// Notes that an order is accepted.
    pub(crate) fn note_accepted(&self, order: OrderId, request: &AcceptedRequest) {
        self.accepted.lock().expect("no panic").insert(order, request.clone());
    }

    /// Returns the requests of all orders that were accepted.
    pub(crate) fn accepted(&self) -> BTreeMap<OrderId, AcceptedRequest> {
        self.accepted.lock().expect("no panic").clone()
    }

    /// Returns `true` for an order that was accepted.
    pub(crate) fn is_accepted(&self, order: OrderId) -> bool {
        self.accepted.lock().expect("no panic").contains_key(&order)
    }

    /// Returns the ledger of the provider.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("no panic")
    }

    /// Ends the faults.
    pub(crate) fn end_faults(&self) {
        self.trace(|| "the faults end".to_owned());
        let mut state = self.state();
        state.plan = state.plan.without_faults();
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.state().now_ms).expect("a time")
    }

    pub(crate) fn advance_ms(&self, millis: i64) {
        self.state().now_ms += millis;
    }

    /// Advances the clock by a random time between two turns: mostly a short one, sometimes a jump.
    pub(crate) fn advance_randomly(&self) {
        let clock_jump = self.plan().clock_jump;
        let millis = if self.happens(clock_jump) { self.below(120_000) } else { self.below(50) };
        self.advance_ms(i64::try_from(millis).expect("some minutes"));
    }

    /// Returns a random number from 0 to `bound - 1`.
    pub(crate) fn below(&self, bound: usize) -> usize {
        self.state().rng.usize(..bound)
    }

    /// Returns `true` with a probability of `per_mille` in 1000.
    pub(crate) fn happens(&self, per_mille: u16) -> bool {
        per_mille > 0 && self.state().rng.u16(..1000) < per_mille
    }

    /// Returns `true` when a process must crash before its next step.
    pub(crate) fn should_crash(&self) -> bool {
        let mut state = self.state();
        state.steps += 1;
        let is_planned = state.crash_steps.contains(&state.steps);
        drop(state);
        is_planned || self.happens(self.plan().crash)
    }

    pub(crate) fn entropy(&self) -> [u8; 10] {
        let mut bytes = [0; 10];
        self.state().rng.fill(&mut bytes);
        bytes
    }

    /// Updates the figures.
    pub(crate) fn count(&self, update: impl FnOnce(&mut Figures)) {
        update(&mut self.state().figures);
    }

    pub(crate) fn figures(&self) -> Figures {
        self.state().figures
    }

    /// Adds a line to the trace, if the run is traced.
    pub(crate) fn trace(&self, line: impl FnOnce() -> String) {
        let now_ms = self.state().now_ms - START_MS;
        if self.state().trace.is_some() {
            let line = format!("{now_ms:>9} ms  {}", line());
            self.state().trace.as_mut().expect("a trace").push(line);
        }
    }

    pub(crate) fn trace_lines(&self) -> Vec<String> {
        self.state().trace.clone().unwrap_or_default()
    }

    /// Records an observation of a client.
    pub(crate) fn observe(&self, observation: Observation) {
        self.trace(|| format!("{observation:?}"));
        self.observations.lock().expect("no panic").push(observation);
    }

    pub(crate) fn observations(&self) -> Vec<Observation> {
        self.observations.lock().expect("no panic").clone()
    }

    /// Returns the latest version of an order that any client has seen.
    pub(crate) fn known_version(&self, id: OrderId) -> Version {
        let observations = self.observations.lock().expect("no panic");
        let versions = observations.iter().filter_map(|observation| observation.version_of(id));
        versions.max().unwrap_or(Version::FIRST)
    }

    /// Returns the version of an order from which on its status must be known; `None` while no client knows the outcome.
    pub(crate) fn known_status(&self, id: OrderId) -> Option<Version> {
        let observations = self.observations.lock().expect("no panic");
        observations.iter().filter_map(|observation| observation.status_version_of(id)).max()
    }

    /// Returns a random order that a client has placed; `None` before the first.
    pub(crate) fn random_order(&self) -> Option<OrderId> {
        let observations = self.observations.lock().expect("no panic");
        let placed: Vec<_> = observations.iter().filter_map(Observation::placed_order).collect();
        drop(observations);
        (!placed.is_empty()).then(|| placed[self.below(placed.len())])
    }

    /// Ends the turn: the scheduler selects the next task.
    pub(crate) async fn yield_turn(&self) {
        self.count(|figures| figures.turns += 1);
        let mut has_yielded = false;
        std::future::poll_fn(|context| {
            if has_yielded {
                return Poll::Ready(());
            }
            has_yielded = true;
            // A task polls only those of its concurrent calls that have woken it.
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Adds a task to the scheduler.
    pub(crate) fn spawn(&self, task: Task) {
        self.state().spawned.push(task);
    }

    pub(crate) fn take_spawned(&self) -> Vec<Task> {
        std::mem::take(&mut self.state().spawned)
    }
}
