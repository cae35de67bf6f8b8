//! Mutations of the regression corpus, for a few seconds; `make fuzz` runs for a given time.

use orders_fuzz::{Mutator, TARGETS, Target, corpus, message, silence_caught_panics};
use std::env;
use std::panic::catch_unwind;

/// Number of inputs for each target.
const FUZZ_EXECUTIONS: &str = "FUZZ_EXECUTIONS";
/// Seed of the inputs.
const FUZZ_SEED: &str = "FUZZ_SEED";

/// Returns the number in an environment variable.
fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// Runs the inputs of a seed, and reports the one that violates a guarantee.
fn run(target: &Target, executions: u64, seed: u64) {
    silence_caught_panics();
    println!("{executions} mutations of the corpus of {}, seed {seed}", target.name);
    let inputs: Vec<_> = corpus(target.name).into_iter().map(|input| input.bytes).collect();
    let mut mutator = Mutator::new(seed);
    for number in 0..executions {
        let input = mutator.like_one_of(&inputs);
        if let Err(panic) = catch_unwind(|| (target.run)(&input)) {
            let input = String::from_utf8_lossy(&input);
            panic!("input {number} of seed {seed}: {}: {input:?}", message(panic.as_ref()));
        }
    }
}

/// Runs a target with a default number of inputs, which takes about three seconds without
/// optimisation.
fn run_by_default(target: &str, executions: u64) {
    let target = orders_fuzz::target(target);
    run(&target, setting(FUZZ_EXECUTIONS, executions), setting(FUZZ_SEED, 1));
}

#[test]
fn mutated_bodies_violate_no_guarantee() {
    run_by_default("body", 100_000);
}

#[test]
fn mutated_prices_violate_no_guarantee() {
    run_by_default("money", 600_000);
}

#[test]
fn mutated_headers_violate_no_guarantee() {
    run_by_default("headers", 150_000);
}

#[test]
fn mutated_ids_violate_no_guarantee() {
    run_by_default("ids", 1_000_000);
}

#[test]
fn mutated_queries_and_cursors_violate_no_guarantee() {
    run_by_default("cursor", 150_000);
}

#[test]
fn mutated_gateway_events_violate_no_guarantee() {
    run_by_default("gateway_event", 15_000);
}

#[test]
fn mutated_stored_texts_violate_no_guarantee() {
    run_by_default("stored", 300_000);
}

#[test]
fn mutated_messages_and_responses_of_providers_violate_no_guarantee() {
    run_by_default("provider", 20_000);
}

#[test]
fn mutated_webhooks_violate_no_guarantee() {
    run_by_default("webhook", 60_000);
}

#[test]
fn every_target_has_a_test() {
    assert_eq!(TARGETS.len(), 9, "add a test above");
}
