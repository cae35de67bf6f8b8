//! Going through a model.

use crate::action::Action;
use crate::protocol::Protocol;
use stateright::{Checker, HasDiscoveries, Model as _};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// What became of going through a whole model.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// Whether every state that can be reached was.
    pub complete: bool,
    /// How many states there are.
    pub states: usize,
    /// The most states in a row that were gone through on the way to a new one.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// The names of the properties that an example, or a counterexample, was found for.
    pub discoveries: BTreeSet<&'static str>,
}

impl Protocol {
    /// Visits every state that can be reached.
    #[must_use]
    pub fn explore(self, threads: usize) -> Exploration {
        let began = Instant::now();
        let checker = self.checker().threads(threads).spawn_bfs().join();
        Exploration {
            complete: checker.is_done(),
            states: checker.unique_state_count(),
            depth: checker.max_depth(),
            took: began.elapsed(),
            discoveries: checker.discoveries().into_keys().collect(),
        }
    }

    /// The fewest actions that lead to a discovery about a property; `None` when there is none.
    #[must_use]
    pub fn shortest_way_to(self, property: &'static str) -> Option<Vec<Action>> {
        let mut shortest = self.some_way_to(property, None)?;
        // The checker stops some time after the first discovery, and keeps the last.
        while let Some(shorter) = self.some_way_to(property, Some(shortest.len())) {
            shortest = shorter;
        }
        Some(shortest)
    }

    fn some_way_to(self, property: &'static str, shorter_than: Option<usize>) -> Option<Vec<Action>> {
        let mut checker = self.checker().finish_when(HasDiscoveries::AnyOf(BTreeSet::from([property])));
        if let Some(actions) = shorter_than {
            // Counts states, of which there is one more, and looks only at less.
            checker = checker.target_max_depth(actions + 1);
        }
        let path = checker.spawn_bfs().join().discovery(property)?;
        Some(path.into_actions())
    }
}
