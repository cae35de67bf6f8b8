//! Ten thousand days, and what the audit says of broken ports.

use orders_simulation::{Failure, Figures, Sabotage, replay, simulate};
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
