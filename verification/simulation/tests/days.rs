//! Ten thousand days, and what the audit says of broken ports.

use orders_simulation::{Failure, Figures, Sabotage, replay, simulate, simulate_deaths};
use std::thread::{available_parallelism, scope};

/// The day by which a broken port must have shown.
const PATIENCE: u64 = 50_000;

/// Plays the days of many seeds on all processors, and sums up what happened.
fn days(seeds: u64) -> Figures {
    let threads = available_parallelism().map_or(1, |threads| threads.get() as u64);
    scope(|scope| {
        let play = |first: u64| {
            (first..seeds)
                .step_by(usize::try_from(threads).expect("a few"))
                .map(|seed| match simulate(seed, None) {
                    Ok(figures) => figures,
                    Err(failure) => panic!("{}\n{failure:?}", replay(seed, None).join("\n")),
                })
                .sum::<Figures>()
        };
        let threads: Vec<_> = (0..threads).map(|first| scope.spawn(move || play(first))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no broken promise")).sum()
    })
}

#[test]
fn ten_thousand_days_keep_every_promise_and_have_seen_it_all() {
    let figures = days(10_000);
    println!("{figures:#?}");
    let all = [
        figures.crashes,
        figures.calls_not_done,
        figures.answers_lost,
        figures.calls_repeated,
        figures.replays,
        figures.keys_reused,
        figures.orders_after_expiry,
        figures.changes,
        figures.duplicates,
        figures.relayed,
        figures.buried,
        figures.redriven,
    ];
    assert!(all.iter().all(|count| *count > 1_000), "{figures:#?}");
}

/// More steps than a quiet day has.
const MOST_STEPS: u64 = 1_000;

/// A process dies at each boundary between two steps, and at each pair of them.
#[test]
fn a_death_at_any_step_and_at_any_two_breaks_no_promise() {
    let dies = |seed, steps: &[u64]| {
        let died = simulate_deaths(seed, steps).unwrap_or_else(|failure| panic!("{steps:?}: {failure:?}"));
        died.crashes
    };
    for seed in 0..3 {
        let steps = (1..MOST_STEPS).take_while(|step| dies(seed, &[*step]) == 1).last().unwrap_or(0);
        let then =
            |first| (first + 1..MOST_STEPS).take_while(move |second| dies(seed, &[first, *second]) == 2);
        let pairs: usize = (1..=steps).map(|first| then(first).count()).sum();
        println!("day {seed}: a death at each of {steps} steps, and at each of {pairs} pairs");
        assert!(steps > 10 && pairs > 100);
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    for seed in 0..20 {
        assert_eq!(replay(seed, None), replay(seed, None));
    }
    assert_ne!(replay(0, None), replay(1, None));
}

#[test]
fn a_broken_port_is_found() {
    for (sabotage, expected) in [
        (Sabotage::ClaimsForget, "two orders of one request"),
        (Sabotage::VersionIgnored, "a change was not made as a client was told"),
        (Sabotage::OwnerIgnored, "not announced"),
        (Sabotage::FailureAccepted, "not announced"),
    ] {
        let fails_so = |failure: &Failure| failure.broken.to_string().starts_with(expected);
        let mut failures = (0..PATIENCE).filter_map(|seed| simulate(seed, Some(sabotage)).err());
        let found = failures.find(fails_so);
        let failure = found.unwrap_or_else(|| panic!("{sabotage:?} was not found"));
        println!("{sabotage:?} is found by seed {}", failure.seed);
        let story = replay(failure.seed, Some(sabotage));
        assert!(story.last().is_some_and(|end| end.starts_with("Err")), "a failing seed fails again");
    }
}
