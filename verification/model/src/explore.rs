//! Exploration of a model by breadth-first search.

use stateright::{Checker as _, HasDiscoveries, Model};
use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::hash::Hash;
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

/// Visits every reachable state of a model.
#[must_use]
pub fn explore<M>(model: M, threads: usize) -> Exploration
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + Debug + Hash + PartialEq + Send + Sync,
    M::Action: Clone + Debug + PartialEq,
{
    let started = Instant::now();
    let checker = model.checker().threads(threads).spawn_bfs().join();
    Exploration {
        is_complete: checker.is_done(),
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        elapsed: started.elapsed(),
        discoveries: checker.discoveries().into_keys().collect(),
    }
}

/// Visits every reachable state of a model with two threads. Returns the names of the properties with an example.
///
/// # Panics
///
/// Panics when a property of `always` has a counterexample, or when the number of states is not `states`.
#[must_use]
pub fn examples<M>(model: M, always: &[&'static str], states: usize) -> BTreeSet<&'static str>
where
    M: Model + Debug + Send + Sync + 'static,
    M::State: Clone + Debug + Hash + PartialEq + Send + Sync,
    M::Action: Clone + Debug + PartialEq,
{
    let started = Instant::now();
    let checker = model.checker().threads(2).spawn_bfs().join();
    let (model, count) = (checker.model(), checker.unique_state_count());
    println!(
        "{count} states, up to {} steps, in {:?}: {model:?}",
        checker.max_depth() - 1,
        started.elapsed()
    );
    let discoveries = checker.discoveries();
    for property in always {
        let path = discoveries.get(property).map(|path| path.clone().into_actions());
        assert!(path.is_none(), "\"{property}\" is violated: {path:?}");
    }
    assert_eq!(count, states, "number of states: {model:?}");
    discoveries.into_keys().collect()
}

/// Returns the fewest actions that lead to a discovery about a property; `None` when no discovery exists.
#[must_use]
pub fn shortest_path_to<M>(model: &M, property: &'static str) -> Option<Vec<M::Action>>
where
    M: Model + Clone + Send + Sync + 'static,
    M::State: Clone + Debug + Hash + PartialEq + Send + Sync,
    M::Action: Clone + Debug + PartialEq,
{
    let path = |shorter_than: Option<usize>| {
        let only = HasDiscoveries::AnyOf(BTreeSet::from([property]));
        let mut checker = model.clone().checker().finish_when(only);
        if let Some(actions) = shorter_than {
            // The depth counts states, one more than actions, and the bound is exclusive.
            checker = checker.target_max_depth(actions + 1);
        }
        Some(checker.spawn_bfs().join().discovery(property)?.into_actions())
    };
    let mut shortest = path(None)?;
    // The checker stops some time after the first discovery, and returns the last.
    while let Some(shorter) = path(Some(shortest.len())) {
        shortest = shorter;
    }
    Some(shortest)
}

/// Returns `true` when a state can be reached from itself. Depth-first search.
#[must_use]
pub fn has_cycle<S: Clone + Eq + Hash>(initial: S, next_states: impl Fn(&S) -> Vec<S>) -> bool {
    let mut is_on_path = HashMap::from([(initial.clone(), true)]);
    let mut path = vec![(next_states(&initial), initial)];
    while let Some((rest, state)) = path.last_mut() {
        let Some(next) = rest.pop() else {
            is_on_path.insert(state.clone(), false);
            path.pop();
            continue;
        };
        match is_on_path.get(&next) {
            Some(true) => return true,
            Some(false) => {}
            None => {
                is_on_path.insert(next.clone(), true);
                path.push((next_states(&next), next));
            }
        }
    }
    false
}
