//! Stock of the last units: every state of two buyers, a sweeper, cancellations, refunds, crashes and expiring keys; and the
//! mistakes that the properties find.

use orders_model::{
    CLOSED_ARE_STORED, ENDS_SETTLED, NEVER_OVERSOLD, ORDERS_HAVE_STOCK, STOCK_ALWAYS, STOCK_SOMETIMES,
    StockMutant, StockProtocol, shortest_path_to,
};
use stateright::{Checker as _, Model as _};
use std::collections::BTreeSet;

#[test]
fn no_interleaving_oversells_or_leaks_a_unit() {
    let checker = StockProtocol::new(2, 1).checker().spawn_bfs().join();
    let found: BTreeSet<_> = checker.discoveries().into_keys().collect();
    println!("{} states, up to {} steps", checker.unique_state_count(), checker.max_depth() - 1);
    assert!(checker.is_done() && checker.unique_state_count() > 10_000);
    let violated: Vec<_> = STOCK_ALWAYS.iter().filter(|property| found.contains(**property)).collect();
    assert_eq!(violated, [&""; 0]);
    assert!(STOCK_SOMETIMES.iter().all(|example| found.contains(example)), "{found:?}");
}

/// Returns the number of steps of a shortest counterexample.
fn steps_to_violate(mutant: StockMutant, property: &'static str) -> usize {
    let shortest = shortest_path_to(&StockProtocol::mutated(mutant), property).expect("a counterexample");
    println!("{mutant:?} violates \"{property}\" after {} steps: {shortest:?}", shortest.len());
    shortest.len()
}

/// The length of each counterexample is pinned: a change means that the model has changed.
#[test]
fn every_mutant_is_found() {
    let found = [
        (StockMutant::RollBack, ORDERS_HAVE_STOCK, 3),
        (StockMutant::ReleaseTwice, NEVER_OVERSOLD, 5),
        (StockMutant::ReleaseBeforeDecision, ORDERS_HAVE_STOCK, 3),
        (StockMutant::OneStatePerReservation, NEVER_OVERSOLD, 7),
        (StockMutant::ForgetTheMerge, NEVER_OVERSOLD, 2),
        (StockMutant::SweepByKey, CLOSED_ARE_STORED, 4),
        (StockMutant::ClaimNotProlonged, ENDS_SETTLED, 4),
    ];
    let actual = found.map(|(mutant, property, _)| (mutant, property, steps_to_violate(mutant, property)));
    assert_eq!(actual, found);
}
