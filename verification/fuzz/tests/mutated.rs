//! Mutations of the corpus, so many that they take some seconds; `make fuzz` takes as long as it is told.

use orders_fuzz::{Mutator, TARGETS, Target, corpus, message, silence_those_that_are_caught};
use std::env;
use std::panic::catch_unwind;

/// Sets how many inputs each target gets.
const HOSTILE_EXECUTIONS: &str = "HOSTILE_EXECUTIONS";
/// Sets what they are made from.
const HOSTILE_SEED: &str = "HOSTILE_SEED";

fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// Runs the inputs of a seed, and tells the one that breaks a promise.
fn run(target: &Target, executions: u64, seed: u64) {
    silence_those_that_are_caught();
    println!("{} inputs like the corpus of {}, seed {seed}", executions, target.name);
    let inputs: Vec<_> = corpus(target.name).into_iter().map(|nasty| nasty.bytes).collect();
    let mut mutator = Mutator::new(seed);
    for number in 0..executions {
        let input = mutator.like_one_of(&inputs);
        if let Err(panic) = catch_unwind(|| (target.run)(&input)) {
            let input = String::from_utf8_lossy(&input);
            panic!("{} of seed {seed}: {}: {input:?}", number, message(panic.as_ref()));
        }
    }
}

/// About as many as take three seconds without optimisation.
fn run_by_default(target: &str, executions: u64) {
    let target = orders_fuzz::target(target);
    run(&target, setting(HOSTILE_EXECUTIONS, executions), setting(HOSTILE_SEED, 1));
}

#[test]
fn bodies() {
    run_by_default("body", 100_000);
}

#[test]
fn money() {
    run_by_default("money", 600_000);
}

#[test]
fn headers() {
    run_by_default("headers", 150_000);
}

#[test]
fn ids() {
    run_by_default("ids", 1_000_000);
}

#[test]
fn cursors() {
    run_by_default("cursor", 150_000);
}

#[test]
fn gateway_events() {
    run_by_default("gateway_event", 15_000);
}

#[test]
fn stored() {
    run_by_default("stored", 300_000);
}

#[test]
fn every_target_is_run() {
    assert_eq!(TARGETS.len(), 7, "add a test above");
}
