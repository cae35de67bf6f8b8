//! Kills and freezes processes at random.

use crate::{Function, System};
use fastrand::Rng;
use std::sync::Arc;
use std::time::Duration;

/// Functions that write.
const FUNCTIONS: [&str; 3] = ["create-order", "patch-order", "relay"];

/// Maximum time between two kills, exclusive.
const MAX_PAUSE_MS: u64 = 60;
/// Maximum time for which a process is frozen, exclusive: longer than the lease of a relay.
const MAX_FREEZE_MS: u64 = 3_000;
/// Number of kills for each freeze.
const KILLS_PER_FREEZE: usize = 10;

pub(crate) struct ProcessKiller<'a> {
    system: &'a System,
    rng: Rng,
}

impl<'a> ProcessKiller<'a> {
    pub(crate) fn new(system: &'a System, seed: u64) -> Self {
        Self { system, rng: Rng::with_seed(seed) }
    }

    /// Kills `kills` processes that have an invocation; returns the number of freezes in the meantime.
    pub(crate) async fn run(mut self, kills: usize) -> usize {
        let (mut killed, mut freezes) = (0, 0);
        while killed < kills {
            tokio::time::sleep(Duration::from_millis(self.rng.u64(..MAX_PAUSE_MS))).await;
            if !self.random_function().kill_working(self.rng.usize(..)) {
                continue;
            }
            killed += 1;
            if killed % KILLS_PER_FREEZE == 0 {
                freezes += 1;
                self.freeze();
            }
        }
        freezes
    }

    fn random_function(&mut self) -> Arc<Function> {
        self.system.function(FUNCTIONS[self.rng.usize(..FUNCTIONS.len())])
    }

    /// Freezes an instance for a while. If the process is killed in the meantime, its replacement is not
    /// frozen.
    fn freeze(&mut self) {
        let function = self.random_function();
        let (instance, duration_ms) = (self.rng.usize(..), self.rng.u64(..MAX_FREEZE_MS));
        function.freeze(instance);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(duration_ms)).await;
            function.thaw(instance);
        });
    }
}
