//! Explores the model further than the tests, then each mutant, then the model of orders that are processed later, and prints a
//! row for each: `cargo run -p
//! orders-model --example explore -- 3`, where 3 is the number of faults for three clients.

use orders_model::{
    ACCEPTANCE_ALWAYS, ALWAYS, AcceptanceProtocol, Exploration, Faults, Mutant, Protocol, explore,
    shortest_path_to,
};
use std::process::ExitCode;

const COLUMNS: &str = "clients  relays  leases  changes  faults      states  depth  seconds  outcome";
const ACCEPTANCE_COLUMNS: &str = "units  processors  groups  faults      states  depth  seconds  outcome";

fn main() -> ExitCode {
    let faults = match std::env::args().nth(1).map_or(Ok(3), |argument| argument.parse::<u8>()) {
        Ok(faults) => faults,
        Err(error) => {
            eprintln!("the argument must be a number of faults: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("the protocol\n{COLUMNS}");
    let mut is_successful = true;
    // Fewer clients allow more faults in the same time.
    for (clients, changes, more) in [(1, false, 3), (1, true, 2), (2, false, 1), (3, false, 0)] {
        is_successful &= holds(Protocol { changes, ..Protocol::new(clients, Faults::any(faults + more)) });
    }
    for (relays, changes, more) in [(1, false, 1), (1, true, 0), (2, false, 0)] {
        let faults = Faults::any(faults + more);
        is_successful &= holds(Protocol { relays, leases: 2, changes, ..Protocol::new(2, faults) });
    }
    println!("\nits mutants\n{COLUMNS}");
    for mutant in Mutant::ALL {
        is_successful &= is_caught(mutant);
    }
    println!("\norders that are processed later\n{ACCEPTANCE_COLUMNS}");
    for protocol in [
        AcceptanceProtocol::one_buyer(faults),
        AcceptanceProtocol::one_key(faults.saturating_sub(1)),
        AcceptanceProtocol::two_keys(1, faults.saturating_sub(2)),
        AcceptanceProtocol::two_keys(2, faults.saturating_sub(2)),
    ] {
        is_successful &= decides_every_order(protocol);
    }
    if is_successful { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a row. Returns `true` when the model checker visited all states and every property holds.
fn holds(protocol: Protocol) -> bool {
    let exploration = explore(protocol, 2);
    let (outcome, is_successful) = outcome(&exploration, &ALWAYS);
    print_row(protocol, &exploration, &outcome);
    is_successful
}

/// Prints a row. Returns `true` when the model checker visited all states and every property holds.
fn decides_every_order(protocol: AcceptanceProtocol) -> bool {
    let exploration = explore(protocol, 2);
    let (outcome, is_successful) = outcome(&exploration, &ACCEPTANCE_ALWAYS);
    let AcceptanceProtocol { units, processors, has_groups, faults, .. } = protocol;
    let Exploration { states, depth, elapsed, .. } = exploration;
    let (groups, seconds) = (if has_groups { "yes" } else { "no" }, elapsed.as_secs_f64());
    println!(
        "{units:5}  {processors:10}  {groups:>6}  {faults:6}  {states:10}  {depth:5}  {seconds:7.1}  {outcome}"
    );
    is_successful
}

/// Returns what an exploration has shown, and `true` if it is complete and without a counterexample.
fn outcome(exploration: &Exploration, always: &[&'static str]) -> (String, bool) {
    let violated: Vec<_> =
        always.iter().copied().filter(|name| exploration.discoveries.contains(name)).collect();
    let outcome = match (exploration.is_complete, violated.as_slice()) {
        (true, []) => "every property holds".to_owned(),
        (false, []) => "incomplete: states were left out".to_owned(),
        (_, violated) => format!("violated: {}", violated.join("; ")),
    };
    (outcome, exploration.is_complete && violated.is_empty())
}

/// Prints a row. Returns `true` when the mutant violates a property.
fn is_caught(mutant: Mutant) -> bool {
    let protocol = Protocol::mutated(mutant, Faults::any(2));
    let exploration = explore(protocol, 2);
    let shortest = ALWAYS
        .into_iter()
        .filter(|name| exploration.discoveries.contains(name))
        .filter_map(|name| Some((shortest_path_to(&protocol, name)?.len(), name)))
        .min();
    let outcome = match shortest {
        Some((steps, name)) => format!("{mutant:?}: violated after {steps} steps: {name}"),
        None => format!("{mutant:?}: not caught"),
    };
    print_row(protocol, &exploration, &outcome);
    shortest.is_some()
}

fn print_row(protocol: Protocol, exploration: &Exploration, outcome: &str) {
    let Protocol { clients, relays, leases, changes, faults, .. } = protocol;
    let Exploration { states, depth, elapsed, .. } = exploration;
    let (changes, faults, seconds) =
        (if changes { "yes" } else { "no" }, faults.total, elapsed.as_secs_f64());
    println!(
        "{clients:7}  {relays:6}  {leases:6}  {changes:>7}  {faults:6}  {states:10}  {depth:5}  {seconds:7.1}  {outcome}"
    );
}
