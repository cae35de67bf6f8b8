//! Each mistake breaks the property that watches for it. The shortest way there is written down: one
//! that gets longer or shorter means that the model has changed.

use orders_model::{
    ALL_ARRIVES, ANSWERS_AGREE, ANSWERS_ARE_STORED, ANSWERS_FIT, Faults, Mutant, NEVER_NOWHERE, ONE_ORDER,
    Protocol,
};

/// With up to two callers and so many faults, this many steps lead to a state without the property.
fn breaks(mutant: Mutant, faults: u8, property: &'static str, steps: usize) {
    let later_events = mutant == Mutant::PutBackKeepsLease;
    let protocol = Protocol { callers: 2, later_events, faults: Faults::any(faults), mutant: Some(mutant) };
    let way = protocol.shortest_way_to(property).expect("a counterexample");
    println!("{mutant:?}, not \"{property}\" after {} steps: {way:#?}", way.len());
    assert_eq!(way.len(), steps);
}

#[test]
fn without_the_fingerprint_a_caller_gets_the_order_of_another_request() {
    breaks(Mutant::NoFingerprintCheck, 0, ANSWERS_FIT, 6);
}

#[test]
fn a_fresh_order_on_replay_is_a_second_order() {
    breaks(Mutant::FreshOrderOnReplay, 0, ONE_ORDER, 6);
    breaks(Mutant::FreshOrderOnReplay, 0, ANSWERS_AGREE, 8);
}

#[test]
fn an_insert_before_the_claim_is_a_second_order() {
    breaks(Mutant::InsertBeforeClaim, 0, ONE_ORDER, 2);
}

#[test]
fn a_replay_is_no_proof_that_the_order_is_stored() {
    breaks(Mutant::ReplayTakenForStored, 0, ANSWERS_ARE_STORED, 5);
}

#[test]
fn an_event_that_is_settled_before_it_is_published_may_be_lost() {
    breaks(Mutant::SettleBeforePublish, 0, NEVER_NOWHERE, 5);
    breaks(Mutant::SettleBeforePublish, 1, ALL_ARRIVES, 6);
}

#[test]
fn an_event_that_is_settled_before_it_is_buried_may_be_lost() {
    breaks(Mutant::SettleBeforeBury, 1, NEVER_NOWHERE, 6);
}

/// The relay buries the event and settles, and is not told; the redrive puts the event back; the relay
/// settles once more.
#[test]
fn who_settles_without_the_lease_takes_away_what_was_put_back() {
    breaks(Mutant::LeaseWithoutOwner, 2, NEVER_NOWHERE, 10);
}

/// As before, but the event that was put back is leased by another relay of the same name first. When
/// that one ends before it has published the event, nobody has it.
#[test]
fn an_owner_that_is_not_one_run_of_one_relay_owns_nothing() {
    breaks(Mutant::OneOwnerForAll, 2, NEVER_NOWHERE, 11);
}

/// The lease stands after the first event was settled, since a later one waits.
#[test]
fn who_still_has_the_lease_takes_away_what_was_put_back() {
    breaks(Mutant::PutBackKeepsLease, 2, NEVER_NOWHERE, 10);
}

#[test]
fn a_lease_for_ever_keeps_the_events_of_a_dead_relay_for_ever() {
    breaks(Mutant::LeaseForEver, 2, ALL_ARRIVES, 6);
}

#[test]
fn a_letter_is_not_useless_because_its_event_is_in_the_outbox() {
    breaks(Mutant::ForgetWhatWasThere, 1, NEVER_NOWHERE, 9);
}

/// An attempt that was made before the claim ended finds no claim any more, and makes one of its own.
#[test]
fn a_claim_has_to_be_kept_until_no_attempt_of_its_time_is_under_way() {
    breaks(Mutant::DeletedAtExpiry, 1, ONE_ORDER, 7);
}
