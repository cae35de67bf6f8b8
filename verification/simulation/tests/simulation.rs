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
        figures.refunds_due,
    ];
    assert!(all.iter().all(|count| *count > 1_000), "{figures:#?}");
}

/// Upper bound of the steps of a run without faults.
const MAX_STEPS: u64 = 1_000;
/// Upper bound of the steps of a run whose pairs of steps are tried, too.
const MAX_STEPS_FOR_PAIRS: u64 = 200;

/// A process crashes between any two steps, and at any pair of such points.
#[test]
fn a_crash_at_any_step_or_at_any_two_steps_violates_no_guarantee() {
    let crashes = |seed, steps: &[u64]| {
        let figures =
            simulate_crashes(seed, steps).unwrap_or_else(|failure| panic!("{steps:?}: {failure:?}"));
        figures.crashes
    };
    let (mut seeds_with_pairs, mut facts) = (0, 0);
    for seed in 0..11 {
        let steps = (1..MAX_STEPS).take_while(|step| crashes(seed, &[*step]) == 1).last().unwrap_or(0);
        assert!(steps > 10);
        let second_steps =
            |first| (first + 1..MAX_STEPS).take_while(move |second| crashes(seed, &[first, *second]) == 2);
        // The number of pairs grows with the square of the steps.
        let pairs = if steps <= MAX_STEPS_FOR_PAIRS {
            seeds_with_pairs += 1;
            facts += simulate_crashes(seed, &[]).expect("no violation").facts;
            (1..=steps).map(|first| second_steps(first).count()).sum()
        } else {
            0
        };
        println!("seed {seed}: a crash at each of {steps} steps, and at each of {pairs} pairs");
    }
    assert!(seeds_with_pairs >= 2 && facts > 0, "{seeds_with_pairs} seeds with pairs, {facts} facts");
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
