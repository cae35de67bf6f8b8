//! The named nasties of the corpus, each through its target.

use orders_fuzz::{TARGETS, corpus, message, silence_those_that_are_caught};
use std::panic::catch_unwind;

#[test]
fn every_nasty_keeps_every_promise_of_its_target() {
    silence_those_that_are_caught();
    let mut broken = Vec::new();
    for target in TARGETS {
        for nasty in corpus(target.name) {
            if let Err(panic) = catch_unwind(|| (target.run)(&nasty.bytes)) {
                broken.push(format!("{}/{}: {}", target.name, nasty.name, message(panic.as_ref())));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_corpus_is_small_enough_to_be_kept() {
    let nasties: Vec<_> = TARGETS.iter().flat_map(|target| corpus(target.name)).collect();
    assert!(nasties.len() >= 60, "{}", nasties.len());
    assert!(nasties.iter().all(|nasty| nasty.bytes.len() <= 20 * 1024));
}
