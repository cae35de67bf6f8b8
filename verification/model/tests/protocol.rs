//! The protocol without a mistake: every property holds, and every example happens.

use orders_model::{Faults, Protocol, SOMETIMES, State};
use stateright::Model as _;
use std::collections::{BTreeSet, HashMap};

/// Visits every state, and expects no counterexample and every example except `impossible`.
fn assert_holds(clients: usize, later_events: bool, faults: u8, impossible: &[&str], states: usize) {
    let protocol = Protocol { clients, later_events, faults: Faults::any(faults), mutant: None };
    let exploration = protocol.explore(2);
    println!("{clients} clients, {faults} faults: {} states, {:?}", exploration.states, exploration.elapsed);
    assert!(exploration.is_complete, "states were left out");
    let expected =
        SOMETIMES.into_iter().filter(|property| !impossible.contains(property)).collect::<BTreeSet<_>>();
    assert_eq!(exploration.discoveries, expected, "a counterexample, or an example is missing");
    assert_eq!(exploration.states, states, "the model has changed");
}

#[test]
fn three_clients_and_two_relays_survive_any_two_faults() {
    assert_holds(3, false, 2, &[], 2_310_963);
}

#[test]
fn two_clients_and_two_relays_survive_any_three_faults() {
    assert_holds(2, false, 3, &[], 885_519);
}

#[test]
fn one_client_and_two_relays_survive_any_six_faults() {
    assert_holds(1, false, 6, &[orders_model::KEY_REUSED], 386_883);
}

#[test]
fn two_clients_and_two_relays_survive_any_three_faults_with_later_events() {
    assert_holds(2, true, 3, &[], 1_391_352);
}

/// Without this, the property about the end of a run says nothing about runs without an end.
#[test]
fn every_run_ends() {
    let protocol = Protocol { clients: 2, later_events: true, faults: Faults::any(2), mutant: None };
    for initial in protocol.init_states() {
        assert!(!has_cycle(protocol, initial), "a run may go on for ever");
    }
}

/// Returns true when a state can be reached from itself. Depth-first search.
fn has_cycle(protocol: Protocol, initial: State) -> bool {
    let mut is_on_path = HashMap::from([(initial.clone(), true)]);
    let mut path = vec![(protocol.next_states(&initial), initial)];
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
                path.push((protocol.next_states(&next), next));
            }
        }
    }
    false
}
