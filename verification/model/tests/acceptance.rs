//! Orders that are accepted first and processed later: every state of their buyers, messages, processors, sweepers and crashes;
//! and the mistakes that the properties find.

use orders_model::{
    ACCEPTANCE_ALWAYS, ACCEPTANCE_SOMETIMES, ACCEPTED_STOCK_IS_SETTLED, ACCEPTED_UNITS_ARE_KEPT,
    AcceptanceMutant, AcceptanceProtocol, LIVE_HAVE_STOCK, MESSAGES_STAY, NEVER_REFUSED_IN_VAIN, NO_BACKLOG,
    ONE_ORDER_PER_KEY, OUTCOMES_AGREE, PROMISES_END, STATUS_IS_LATEST, examples, has_cycle, shortest_path_to,
};
use stateright::Model as _;
use std::collections::BTreeSet;

/// Visits every state, and asserts that no counterexample exists. Returns the examples.
fn assert_holds(protocol: AcceptanceProtocol, states: usize) -> BTreeSet<&'static str> {
    examples(protocol, &ACCEPTANCE_ALWAYS, states)
}

#[test]
fn every_order_that_is_accepted_is_decided_once() {
    let examples = [
        assert_holds(AcceptanceProtocol::one_key(1), 90_580),
        assert_holds(AcceptanceProtocol { processors: 3, ..AcceptanceProtocol::one_buyer(2) }, 158_282),
        assert_holds(AcceptanceProtocol::two_keys(1, 0), 39_089),
        assert_holds(AcceptanceProtocol::two_keys(2, 0), 32_917),
    ];
    let examples: BTreeSet<_> = examples.into_iter().flatten().collect();
    assert_eq!(examples, BTreeSet::from(ACCEPTANCE_SOMETIMES), "an example is missing");
}

/// Returns the number of steps of a shortest counterexample.
fn steps_to_violate(mutant: AcceptanceMutant, property: &'static str) -> usize {
    let shortest =
        shortest_path_to(&AcceptanceProtocol::mutated(mutant), property).expect("a counterexample");
    println!("{mutant:?} violates \"{property}\" after {} steps: {shortest:?}", shortest.len());
    shortest.len()
}

/// The length of each counterexample is pinned: a change means that the model has changed.
#[test]
fn every_mutant_is_found() {
    let found = [
        (AcceptanceMutant::NoTombstone, ACCEPTED_STOCK_IS_SETTLED, 16),
        (AcceptanceMutant::TombstoneUnconditional, ACCEPTED_UNITS_ARE_KEPT, 12),
        (AcceptanceMutant::ReleaseOnlyHeld, ACCEPTED_STOCK_IS_SETTLED, 15),
        (AcceptanceMutant::DuplicateIsSuccess, OUTCOMES_AGREE, 12),
        (AcceptanceMutant::ClaimExpiresOpen, ONE_ORDER_PER_KEY, 3),
        (AcceptanceMutant::DecideBeforeInsert, PROMISES_END, 8),
        (AcceptanceMutant::DecideBeforeStatus, STATUS_IS_LATEST, 9),
        (AcceptanceMutant::DecideByKey, OUTCOMES_AGREE, 17),
        (AcceptanceMutant::OutcomeOfLatestState, OUTCOMES_AGREE, 14),
        (AcceptanceMutant::AcknowledgeBeforeInsert, MESSAGES_STAY, 6),
        (AcceptanceMutant::NoResend, PROMISES_END, 2),
        (AcceptanceMutant::ResendUnconditional, NO_BACKLOG, 7),
        (AcceptanceMutant::StatusUnconditional, STATUS_IS_LATEST, 12),
        (AcceptanceMutant::EventUnconditional, STATUS_IS_LATEST, 16),
        (AcceptanceMutant::EventNeedsStatus, STATUS_IS_LATEST, 12),
        (AcceptanceMutant::ReservationExpiresOpen, ACCEPTED_STOCK_IS_SETTLED, 18),
        (AcceptanceMutant::InsertOnRetry, LIVE_HAVE_STOCK, 3),
        (AcceptanceMutant::NewResponseOnRetry, ONE_ORDER_PER_KEY, 2),
        (AcceptanceMutant::GuessLines, ACCEPTED_UNITS_ARE_KEPT, 7),
        (AcceptanceMutant::ReleaseTwice, ACCEPTED_UNITS_ARE_KEPT, 8),
        (AcceptanceMutant::ReleaseBeforeDecision, LIVE_HAVE_STOCK, 12),
        (AcceptanceMutant::TakeTwice, ACCEPTED_UNITS_ARE_KEPT, 9),
        (AcceptanceMutant::StockBeforeReservation, NEVER_REFUSED_IN_VAIN, 9),
        (AcceptanceMutant::SkipTheGroup, LIVE_HAVE_STOCK, 12),
        (AcceptanceMutant::RejectTheGroup, NEVER_REFUSED_IN_VAIN, 7),
        (AcceptanceMutant::ForgetTheSum, ACCEPTED_UNITS_ARE_KEPT, 7),
    ];
    assert_eq!(found.map(|(mutant, ..)| mutant), AcceptanceMutant::ALL);
    let actual = found.map(|(mutant, property, _)| (mutant, property, steps_to_violate(mutant, property)));
    assert_eq!(actual, found);
}

/// Without this, the properties about the end of a run do not cover infinite runs.
#[test]
fn every_run_comes_to_rest() {
    for protocol in [AcceptanceProtocol::one_buyer(2), AcceptanceProtocol::one_key(1)] {
        for initial in protocol.init_states() {
            assert!(!has_cycle(initial, |state| protocol.next_states(state)), "a run may not end");
        }
    }
}
