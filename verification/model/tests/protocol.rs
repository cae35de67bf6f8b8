//! Protocol without a mistake: every property holds, and every example happens.

use orders_model::{CHANGED, Faults, KEY_REUSED, Protocol, SIDE_BY_SIDE, SOMETIMES, explore, has_cycle};
use stateright::Model as _;
use std::collections::BTreeSet;

/// Visits every state, and asserts that no counterexample exists, and every example except `impossible`.
fn assert_holds(protocol: Protocol, impossible: &[&str], states: usize) {
    let exploration = explore(protocol, 2);
    println!("{} states of {protocol:?} in {:?}", exploration.states, exploration.elapsed);
    assert!(exploration.is_complete, "states were left out");
    let expected =
        SOMETIMES.into_iter().filter(|property| !impossible.contains(property)).collect::<BTreeSet<_>>();
    assert_eq!(exploration.discoveries, expected, "a counterexample, or an example is missing");
    assert_eq!(exploration.states, states, "the model has changed");
}

#[test]
fn three_clients_and_two_relays_survive_any_two_faults() {
    let protocol = Protocol::new(3, Faults::any(2));
    assert_holds(protocol, &[CHANGED, SIDE_BY_SIDE], 2_310_963);
}

#[test]
fn two_clients_and_two_relays_survive_any_three_faults() {
    let protocol = Protocol::new(2, Faults::any(3));
    assert_holds(protocol, &[CHANGED, SIDE_BY_SIDE], 885_519);
}

#[test]
fn one_client_and_two_relays_survive_any_six_faults() {
    let protocol = Protocol::new(1, Faults::any(6));
    assert_holds(protocol, &[KEY_REUSED, CHANGED, SIDE_BY_SIDE], 386_883);
}

#[test]
fn a_changed_order_and_two_relays_survive_any_four_faults() {
    let protocol = Protocol { changes: true, ..Protocol::new(1, Faults::any(4)) };
    assert_holds(protocol, &[KEY_REUSED, SIDE_BY_SIDE], 620_502);
}

#[test]
fn two_orders_side_by_side_in_one_relay_survive_any_three_faults() {
    let protocol = Protocol { relays: 1, leases: 2, ..Protocol::new(2, Faults::any(3)) };
    assert_holds(protocol, &[CHANGED], 714_437);
}

#[test]
fn two_changed_orders_side_by_side_in_one_relay_survive_any_two_faults() {
    let protocol = Protocol { relays: 1, leases: 2, changes: true, ..Protocol::new(2, Faults::any(2)) };
    assert_holds(protocol, &[], 2_052_021);
}

/// Without this, the property about the end of a run does not cover infinite runs.
#[test]
fn every_run_ends() {
    let unchanged = Protocol { leases: 2, ..Protocol::new(2, Faults::any(2)) };
    let changed = Protocol { changes: true, ..Protocol::new(1, Faults::any(3)) };
    for protocol in [unchanged, changed] {
        for initial in protocol.init_states() {
            assert!(!has_cycle(initial, |state| protocol.next_states(state)), "a run may not end");
        }
    }
}
