//! Every input of the regression corpus, through its target.

use orders_fuzz::{TARGETS, corpus, message, silence_caught_panics};
use std::panic::catch_unwind;

#[test]
fn no_input_of_the_corpus_violates_a_guarantee_of_its_target() {
    silence_caught_panics();
    let mut violations = Vec::new();
    for target in TARGETS {
        for input in corpus(target.name) {
            if let Err(panic) = catch_unwind(|| (target.run)(&input.bytes)) {
                violations.push(format!("{}/{}: {}", target.name, input.name, message(panic.as_ref())));
            }
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn the_corpus_has_at_least_60_inputs_of_at_most_20_kib() {
    let inputs: Vec<_> = TARGETS.iter().flat_map(|target| corpus(target.name)).collect();
    assert!(inputs.len() >= 60, "{}", inputs.len());
    assert!(inputs.iter().all(|input| input.bytes.len() <= 20 * 1024));
}
