//! Each mutant violates the property that checks for its mistake. The length of the shortest
//! counterexample is pinned: a change means that the model has changed.

use orders_model::{
    ALL_DELIVERED, Faults, Mutant, NO_LOST_EVENT, ONE_ORDER, Protocol, RESPONSES_AGREE, RESPONSES_ARE_STORED,
    RESPONSES_MATCH_REQUESTS, VERSION_ORDER, shortest_path_to,
};

/// Asserts a shortest counterexample of `steps` steps, with up to two clients and `faults` faults.
fn assert_caught(mutant: Mutant, faults: u8, property: &'static str, steps: usize) {
    let protocol = Protocol::mutated(mutant, Faults::any(faults));
    let path = shortest_path_to(&protocol, property).expect("a counterexample");
    println!("{mutant:?} violates \"{property}\" after {} steps: {path:#?}", path.len());
    assert_eq!(path.len(), steps);
}

#[test]
fn without_the_fingerprint_a_client_gets_the_order_of_another_request() {
    assert_caught(Mutant::NoFingerprintCheck, 0, RESPONSES_MATCH_REQUESTS, 6);
}

#[test]
fn a_new_order_on_replay_is_a_second_order() {
    assert_caught(Mutant::NewOrderOnReplay, 0, ONE_ORDER, 6);
    assert_caught(Mutant::NewOrderOnReplay, 0, RESPONSES_AGREE, 8);
}

#[test]
fn an_insert_before_the_claim_makes_a_second_order() {
    assert_caught(Mutant::InsertBeforeClaim, 0, ONE_ORDER, 2);
}

#[test]
fn a_replay_without_an_insert_may_respond_with_an_order_that_is_not_stored() {
    assert_caught(Mutant::ReplayWithoutInsert, 0, RESPONSES_ARE_STORED, 5);
}

#[test]
fn an_event_that_is_acknowledged_before_it_is_published_may_be_lost() {
    assert_caught(Mutant::AcknowledgeBeforePublish, 0, NO_LOST_EVENT, 5);
    assert_caught(Mutant::AcknowledgeBeforePublish, 1, ALL_DELIVERED, 6);
}

#[test]
fn an_event_that_is_acknowledged_before_it_is_a_dead_letter_may_be_lost() {
    assert_caught(Mutant::AcknowledgeBeforeDeadLetter, 1, NO_LOST_EVENT, 6);
}

/// The relay sends the event to the dead-letter queue and acknowledges it, and the response is lost.
/// The redrive requeues the event. The relay repeats the acknowledgement.
#[test]
fn a_relay_without_the_lease_acknowledges_an_event_that_was_requeued() {
    assert_caught(Mutant::IgnoreLeaseOwner, 2, NO_LOST_EVENT, 10);
}

/// As before, but another relay of the same name leases the requeued event first. When that relay
/// crashes before it has published the event, the event is lost.
#[test]
fn a_lease_owner_must_be_one_run_of_one_relay() {
    assert_caught(Mutant::SharedLeaseOwner, 2, NO_LOST_EVENT, 11);
}

/// Both orders are leased by one relay, and the first is published.
#[test]
fn a_relay_that_acknowledges_another_order_may_lose_its_event() {
    assert_caught(Mutant::AcknowledgeOtherOrder, 0, NO_LOST_EVENT, 10);
}

/// The bus rejects the first event of the call and accepts the second.
#[test]
fn a_relay_that_publishes_an_order_in_one_call_may_publish_a_later_event_first() {
    assert_caught(Mutant::PublishOrderInOneCall, 1, VERSION_ORDER, 6);
}

/// The relay keeps the lease after it has acknowledged the first event, since a later one is pending.
#[test]
fn a_relay_that_keeps_the_lease_acknowledges_an_event_that_was_requeued() {
    assert_caught(Mutant::RequeueKeepsLease, 2, NO_LOST_EVENT, 11);
}

#[test]
fn a_lease_that_never_expires_withholds_the_events_of_a_crashed_relay() {
    assert_caught(Mutant::LeaseNeverExpires, 2, ALL_DELIVERED, 5);
}

#[test]
fn a_dead_letter_is_needed_although_its_event_is_in_the_outbox() {
    assert_caught(Mutant::DeleteDeadLetterOfPendingEvent, 1, NO_LOST_EVENT, 9);
}

/// An attempt that began before the claim expired finds no claim, and makes one of its own.
#[test]
fn a_claim_must_be_kept_until_every_attempt_of_its_epoch_has_ended() {
    assert_caught(Mutant::ClaimDeletedAtExpiry, 1, ONE_ORDER, 7);
}
