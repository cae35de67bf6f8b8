//! Explores the model further than the tests do, then each of its mutants, and prints a row for each:
//! `cargo run -p orders-model --example explore -- 3`, where 3 is how many faults three callers see.

use orders_model::{ALWAYS, Exploration, Faults, Mutant, Protocol};
use std::process::ExitCode;

const COLUMNS: &str = "callers  faults      states  depth  seconds  outcome";

fn main() -> ExitCode {
    let faults = match std::env::args().nth(1).map_or(Ok(3), |argument| argument.parse::<u8>()) {
        Ok(faults) => faults,
        Err(error) => {
            eprintln!("how many faults? {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("the protocol\n{COLUMNS}");
    let mut all_is_well = true;
    // The fewer callers, the more faults can be looked at in the same time.
    for (callers, later_events, more) in [(1, false, 3), (2, true, 0), (2, false, 1), (3, false, 0)] {
        all_is_well &= explored(callers, later_events, faults + more);
    }
    println!("\nits mutants\n{COLUMNS}");
    for mutant in Mutant::ALL {
        all_is_well &= found(mutant);
    }
    if all_is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a row; tells whether all states were visited and every property holds.
fn explored(callers: usize, later_events: bool, faults: u8) -> bool {
    let protocol = Protocol { callers, later_events, faults: Faults::any(faults), mutant: None };
    let exploration = protocol.explore(2);
    let broken: Vec<_> = ALWAYS.into_iter().filter(|name| exploration.discoveries.contains(name)).collect();
    let outcome = match (exploration.complete, broken.as_slice()) {
        (true, []) if later_events => "every property holds, though later events wait".to_owned(),
        (true, []) => "every property holds".to_owned(),
        (false, []) => "states were left out".to_owned(),
        (_, broken) => format!("not: {}", broken.join("; not: ")),
    };
    row(callers, faults, &exploration, &outcome);
    exploration.complete && broken.is_empty()
}

/// Prints a row; tells whether the mutant breaks any property.
fn found(mutant: Mutant) -> bool {
    let (callers, faults) = (2, 2);
    let later_events = mutant == Mutant::PutBackKeepsLease;
    let protocol = Protocol { callers, later_events, faults: Faults::any(faults), mutant: Some(mutant) };
    let exploration = protocol.explore(2);
    let shortest = ALWAYS
        .into_iter()
        .filter(|name| exploration.discoveries.contains(name))
        .filter_map(|name| Some((protocol.shortest_way_to(name)?.len(), name)))
        .min();
    let outcome = match shortest {
        Some((steps, name)) => format!("{mutant:?}: after {steps} steps not: {name}"),
        None => format!("{mutant:?}: not found"),
    };
    row(callers, faults, &exploration, &outcome);
    shortest.is_some()
}

fn row(callers: usize, faults: u8, exploration: &Exploration, outcome: &str) {
    let Exploration { states, depth, took, .. } = exploration;
    println!("{callers:7}  {faults:6}  {states:10}  {depth:5}  {:7.1}  {outcome}", took.as_secs_f64());
}
