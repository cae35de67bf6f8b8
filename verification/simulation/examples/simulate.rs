//! `make simulate`: runs the requested number of seeds, on all processors, and adds up the figures. With a
//! second argument, prints the trace of that seed instead.

use orders_simulation::{Failure, Figures, replay, simulate};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{available_parallelism, scope};
use std::time::Instant;

/// Number of seeds between two lines of progress.
const PROGRESS_STEP: u64 = 50_000;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse().expect("a number"));
    let seeds = arguments.next().unwrap_or(1_000_000);
    if let Some(seed) = arguments.next() {
        println!("{}", replay(seed, None).join("\n"));
        return;
    }
    let started = Instant::now();
    let (next, has_failed) = (AtomicU64::new(0), AtomicBool::new(false));
    let work = || -> Result<Figures, Failure> {
        let mut sum = Figures::default();
        while !has_failed.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                break;
            }
            let figures = simulate(seed, None).inspect_err(|_| has_failed.store(true, Ordering::Relaxed))?;
            sum = [sum, figures].into_iter().sum();
            if (seed + 1).is_multiple_of(PROGRESS_STEP) {
                eprintln!("{:>9} seeds, {:.0} s", seed + 1, started.elapsed().as_secs_f64());
            }
        }
        Ok(sum)
    };
    let outcomes: Vec<_> = scope(|scope| {
        let threads: Vec<_> =
            (0..available_parallelism().map_or(1, usize::from)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let failures: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    for failure in &failures {
        eprintln!("seed {} violates a guarantee: {}", failure.seed, failure.violation);
        eprintln!("its trace: make simulate SEED={}", failure.seed);
    }
    if !failures.is_empty() {
        std::process::exit(1);
    }
    let sum: Figures = outcomes.into_iter().flatten().sum();
    println!("{seeds} seeds in {:.0} s, no violation\n{sum:#?}", started.elapsed().as_secs_f64());
}
