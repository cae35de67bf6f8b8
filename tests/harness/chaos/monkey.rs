//! Whoever kills and freezes processes.

use crate::{Function, System};
use fastrand::Rng;
use std::sync::Arc;
use std::time::Duration;

/// Those that write.
const FUNCTIONS: [&str; 3] = ["create-order", "patch-order", "relay"];

/// The longest time between two kills.
const PAUSE_MS: u64 = 60;
/// The longest time for which a process is frozen: longer than the lease of a relay.
const FREEZE_MS: u64 = 3_000;

pub(crate) struct Monkey<'a> {
    system: &'a System,
    rng: Rng,
}

impl<'a> Monkey<'a> {
    pub(crate) fn new(system: &'a System, seed: u64) -> Self {
        Self { system, rng: Rng::with_seed(seed) }
    }

    /// Kills so many processes at work, whatever they are at; answers how many it has frozen
    /// meanwhile.
    pub(crate) async fn kill(mut self, kills: usize) -> usize {
        let (mut killed, mut freezes) = (0, 0);
        while killed < kills {
            tokio::time::sleep(Duration::from_millis(self.rng.u64(..PAUSE_MS))).await;
            if !self.some_function().kill_working(self.rng.usize(..)) {
                continue;
            }
            killed += 1;
            if killed % 10 == 0 {
                freezes += 1;
                self.freeze();
            }
        }
        freezes
    }

    fn some_function(&mut self) -> Arc<Function> {
        self.system.function(FUNCTIONS[self.rng.usize(..FUNCTIONS.len())])
    }

    /// Freezes a process, which thaws by itself, killed or not.
    fn freeze(&mut self) {
        let function = self.some_function();
        let (instance, for_ms) = (self.rng.usize(..), self.rng.u64(..FREEZE_MS));
        function.signal_one(instance, "STOP");
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(for_ms)).await;
            function.signal_one(instance, "CONT");
        });
    }
}
