//! Exploration of a model by breadth-first search.

use crate::action::Action;
use crate::protocol::Protocol;
use stateright::{Checker, HasDiscoveries, Model as _};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Outcome of an exploration.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// `true` when every reachable state was visited.
    pub is_complete: bool,
    /// Number of states.
    pub states: usize,
    /// Maximum number of states on the path by which a state was first reached.
    pub depth: usize,
    /// Duration of the exploration.
    pub elapsed: Duration,
    /// Names of the properties with an example or a counterexample.
    pub discoveries: BTreeSet<&'static str>,
}

impl Protocol {
    /// Visits every reachable state.
    #[must_use]
    pub fn explore(self, threads: usize) -> Exploration {
        let started = Instant::now();
        let checker = self.checker().threads(threads).spawn_bfs().join();
        Exploration {
            is_complete: checker.is_done(),
            states: checker.unique_state_count(),
            depth: checker.max_depth(),
            elapsed: started.elapsed(),
            discoveries: checker.discoveries().into_keys().collect(),
        }
    }

    /// Returns the fewest actions that lead to a discovery about a property; `None` when no
    /// discovery exists.
    #[must_use]
    pub fn shortest_path_to(self, property: &'static str) -> Option<Vec<Action>> {
        let mut shortest = self.path_to(property, None)?;
        // The checker stops some time after the first discovery, and returns the last.
        while let Some(shorter) = self.path_to(property, Some(shortest.len())) {
            shortest = shorter;
        }
        Some(shortest)
    }

    fn path_to(self, property: &'static str, shorter_than: Option<usize>) -> Option<Vec<Action>> {
        let mut checker = self.checker().finish_when(HasDiscoveries::AnyOf(BTreeSet::from([property])));
        if let Some(actions) = shorter_than {
            // The depth counts states, one more than actions, and the bound is exclusive.
            checker = checker.target_max_depth(actions + 1);
        }
        let path = checker.spawn_bfs().join().discovery(property)?;
        Some(path.into_actions())
    }
}
