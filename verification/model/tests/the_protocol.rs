//! The protocol as it is built: nothing goes wrong, and much happens.

use orders_model::{Faults, Protocol, SOMETIMES, State};
use stateright::Model as _;
use std::collections::{BTreeSet, HashMap};

/// Goes through every state, and finds no property broken and everything that shall happen.
fn holds(callers: usize, later_events: bool, faults: u8, but_for: &[&str], states: usize) {
    let protocol = Protocol { callers, later_events, faults: Faults::any(faults), mutant: None };
    let exploration = protocol.explore(2);
    println!("{callers} callers, {faults} faults: {} states, {:?}", exploration.states, exploration.took);
    assert!(exploration.complete, "states were left out");
    let all_that_happens =
        SOMETIMES.into_iter().filter(|property| !but_for.contains(property)).collect::<BTreeSet<_>>();
    assert_eq!(exploration.discoveries, all_that_happens, "a counterexample, or an example is missing");
    assert_eq!(exploration.states, states, "the model has changed");
}

#[test]
fn three_callers_and_two_relays_survive_any_two_faults() {
    holds(3, false, 2, &[], 2_310_963);
}

#[test]
fn two_callers_and_two_relays_survive_any_three_faults() {
    holds(2, false, 3, &[], 885_519);
}

#[test]
fn one_caller_and_two_relays_survive_any_six_faults() {
    holds(1, false, 6, &[orders_model::REFUSAL], 386_883);
}

#[test]
fn two_callers_and_two_relays_survive_any_three_faults_though_later_events_wait() {
    holds(2, true, 3, &[], 1_391_352);
}

/// Without this, the property about the end would say nothing of a run that never comes to one.
#[test]
fn every_run_comes_to_an_end() {
    let protocol = Protocol { callers: 2, later_events: true, faults: Faults::any(2), mutant: None };
    for first in protocol.init_states() {
        assert!(!comes_back_to_itself(protocol, first), "a run may go on for ever");
    }
}

/// Whether a state can be reached from itself, by a search to the depth.
fn comes_back_to_itself(protocol: Protocol, first: State) -> bool {
    let mut is_under_way = HashMap::from([(first.clone(), true)]);
    let mut way = vec![(protocol.next_states(&first), first)];
    while let Some((rest, state)) = way.last_mut() {
        let Some(next) = rest.pop() else {
            is_under_way.insert(state.clone(), false);
            way.pop();
            continue;
        };
        match is_under_way.get(&next) {
            Some(true) => return true,
            Some(false) => {}
            None => {
                is_under_way.insert(next.clone(), true);
                way.push((protocol.next_states(&next), next));
            }
        }
    }
    false
}
