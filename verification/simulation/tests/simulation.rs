//! Simulation of ten thousand seeds without a violation, and of the violations that defective ports cause.

use orders_simulation::{Failure, Figures, PortDefect, replay, simulate, simulate_crashes};
use std::thread::{available_parallelism, scope};

/// Number of seeds within which a defect must be found.
const MAX_SEEDS: u64 = 50_000;

/// Runs the first `seeds` seeds on all processors, and adds up the figures.
fn simulate_all(seeds: u64) -> Figures {
    let threads = available_parallelism().map_or(1, |threads| threads.get() as u64);
    scope(|scope| {
        let work = |first: u64| {
            (first..seeds)
                .step_by(usize::try_from(threads).expect("a few"))
                .map(|seed| match simulate(seed, None) {
                    Ok(figures) => figures,
                    Err(failure) => panic!("{}\n{failure:?}", replay(seed, None).join("\n")),
                })
                .sum::<Figures>()
        };
        let threads: Vec<_> = (0..threads).map(|first| scope.spawn(move || work(first))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no violation")).sum()
    })
}

#[test]
fn ten_thousand_seeds_violate_no_guarantee_and_include_every_fault() {
    let figures = simulate_all(10_000);
    println!("{figures:#?}");
    let all = [
        figures.crashes,
        figures.calls_failed,
        figures.responses_lost,
        figures.calls_repeated,
        figures.replays,
        figures.keys_reused,
        figures.orders_after_expiry,
        figures.counters_restored,
        figures.numbers_taken,
        figures.corrections,
        figures.changes,
        figures.duplicates,
        figures.relayed,
        figures.dead_letters,
        figures.redriven,
        figures.orders_with_stock,
        figures.products_refused,
        figures.completed,
        figures.expired,
        figures.settled,
        figures.facts,
        figures.requests_sent,
        figures.refunds_made,
        figures.refunds_refused,
        figures.charges,
        figures.accepted,
        figures.accepted_placed,
        figures.redeliveries,
        figures.resent,
    ];
    assert!(all.iter().all(|count| *count > 1_000), "{figures:#?}");
    let rare = [
        figures.refunds_due,
        figures.voids,
        figures.captures,
        figures.restocks,
        figures.rejected_out_of_stock,
        figures.rejected_price_changed,
        figures.rejected_fraud,
        figures.rejected_invalid,
        figures.outcomes_told,
        figures.messages_lost,
    ];
    assert!(rare.iter().all(|count| *count > 200), "{figures:#?}");
}

/// Number of runs in which a process crashes between any two steps.
const SEEDS_WITH_CRASHES: u64 = 11;
/// Upper bound of the steps of a run without faults.
const MAX_STEPS: u64 = 1_000;
/// Upper bound of the steps of a run whose pairs of steps are tried, too: their number grows with the square of the steps.
const MAX_STEPS_FOR_PAIRS: u64 = 100;
/// The same for a run with restocks, which is never as short.
const MAX_STEPS_WITH_RESTOCKS: u64 = 150;

/// Simulates a run with crashes. Returns the number of processes that crashed.
fn crashes(seed: u64, steps: &[u64]) -> u64 {
    let outcome = simulate_crashes(seed, steps);
    outcome.unwrap_or_else(|failure| panic!("{steps:?}: {failure:?}")).crashes
}

/// Crashes a process between any two steps of a run. Returns the number of steps.
fn crash_anywhere(seed: u64) -> u64 {
    (1..MAX_STEPS).take_while(|step| crashes(seed, &[*step]) == 1).last().unwrap_or(0)
}

#[test]
fn a_crash_at_any_step_violates_no_guarantee() {
    for seed in 0..SEEDS_WITH_CRASHES {
        let steps = crash_anywhere(seed);
        println!("seed {seed}: a crash at each of {steps} steps");
        assert!(steps > 10);
    }
}

/// Runs the first short runs that, together, have refunds, charges, restocks and accepted orders. The first two have
/// webhooks.
#[test]
fn a_crash_at_any_two_steps_violates_no_guarantee() {
    let mut missing = [true; 4];
    for seed in 0..5_000 {
        if crashes(seed, &[MAX_STEPS_WITH_RESTOCKS + 1]) > 0 {
            continue;
        }
        let figures = simulate_crashes(seed, &[]).expect("no violation");
        let kinds = [figures.refunds_made, figures.charges, figures.restocks, figures.accepted];
        let is_needed = kinds.iter().zip(missing).any(|(count, is_missing)| is_missing && *count > 0);
        let limit = if figures.restocks > 0 { MAX_STEPS_WITH_RESTOCKS } else { MAX_STEPS_FOR_PAIRS };
        // With one step more, the run is too long.
        if !is_needed || crashes(seed, &[limit + 1]) > 0 {
            continue;
        }
        let steps = crash_anywhere(seed);
        let second_steps =
            |first| (first + 1..MAX_STEPS).take_while(move |second| crashes(seed, &[first, *second]) == 2);
        let pairs: usize = (1..=steps).map(|first| second_steps(first).count()).sum();
        println!("seed {seed}: a crash at each of {pairs} pairs of {steps} steps, with {kinds:?}");
        for (count, is_missing) in kinds.iter().zip(&mut missing) {
            *is_missing &= *count == 0;
        }
        if missing == [false; 4] {
            return;
        }
    }
    panic!("no run has {missing:?}");
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 0..20 {
        assert_eq!(replay(seed, None), replay(seed, None));
    }
    assert_ne!(replay(0, None), replay(1, None));
}

#[test]
fn a_broken_port_is_found() {
    for (defect, expected) in [
        (PortDefect::ClaimsAlwaysWon, "two orders of one request"),
        (PortDefect::VersionIgnored, "a response about a change is wrong"),
        (PortDefect::NumberForgotten, "the order of a response is not stored"),
        (PortDefect::LeaseOwnerIgnored, "an event was not published"),
        (PortDefect::FailedPublishAccepted, "an event was not published"),
        (PortDefect::SettlementSkipped, "the stock is wrong"),
        (PortDefect::ReservationsForgotten, "stock is not settled"),
        (PortDefect::PaymentForgotten, "a payment was lost"),
        (PortDefect::RequestsNeverSent, "a request to a provider is open"),
        (PortDefect::RestockRepeated, "the stock is wrong"),
        (PortDefect::IdempotencyKeyIgnored, "money was given back twice"),
        (PortDefect::PendingRequestsIgnored, "a refund exceeds what was taken"),
        (PortDefect::DecidedWhenAccepted, "an accepted order was not decided"),
        (PortDefect::AcceptancesForgotten, "an accepted order was not decided"),
        (PortDefect::InsertOverwrites, "the order of a response is not stored"),
        (PortDefect::DuplicateInsertSucceeds, "an event without a committed change"),
        (PortDefect::StatusVersionIgnored, "a status is wrong"),
        (PortDefect::RejectionWithoutReservation, "the stock is wrong"),
    ] {
        let is_expected = |failure: &Failure| failure.violation.to_string().starts_with(expected);
        let mut failures = (0..MAX_SEEDS).filter_map(|seed| simulate(seed, Some(defect)).err());
        let found = failures.find(is_expected);
        let failure = found.unwrap_or_else(|| panic!("{defect:?} was not found"));
        println!("{defect:?} is found by seed {}", failure.seed);
        let trace = replay(failure.seed, Some(defect));
        assert!(trace.last().is_some_and(|end| end.starts_with("Err")), "a failing seed fails again");
    }
}
