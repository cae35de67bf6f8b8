//! Payments of an order: every state of its stock, its payments, webhooks, refunds, cancellations and crashes; and the mistakes
//! that the properties find.

use orders_model::{
    ASKED_ONCE, CHARGED_IS_OWED, NEVER_REFUNDED_TWICE, PAID_HAVE_STOCK, PARTS_STAY, PAYMENT_ALWAYS,
    PAYMENT_SOMETIMES, PaymentAction, PaymentMutant, PaymentProtocol, PaymentState, REQUESTS_ARE_ANSWERED,
};
use stateright::{Checker as _, HasDiscoveries, Model as _};
use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

/// Visits every state, and asserts that no counterexample exists. Returns the examples.
fn assert_holds(protocol: PaymentProtocol, states: usize) -> BTreeSet<&'static str> {
    let started = Instant::now();
    let checker = protocol.checker().spawn_bfs().join();
    let count = checker.unique_state_count();
    println!(
        "{count} states, up to {} steps, in {:?}: {protocol:?}",
        checker.max_depth() - 1,
        started.elapsed()
    );
    let discoveries = checker.discoveries();
    for property in PAYMENT_ALWAYS {
        let path = discoveries.get(property).map(|path| path.clone().into_actions());
        if let Some(path) = &path {
            println!("VIOLATED {property} {} {path:?}", path.len());
        }
    }
    if count != states {
        println!("EXPECTED {states}");
    }
    discoveries.into_keys().collect()
}

#[test]
fn nobody_is_charged_without_an_order_or_a_refund() {
    let [one, two] = [1, 2].map(PaymentProtocol::new);
    let examples = [
        assert_holds(
            PaymentProtocol { has_detours: true, accepts_first: true, shop_refunds: 1, refusals: 1, ..one },
            497_144,
        ),
        assert_holds(PaymentProtocol { accepts_first: true, shop_refunds: 2, refusals: 1, ..one }, 198_110),
        assert_holds(PaymentProtocol { has_detours: true, ..two }, 1_115_931),
        assert_holds(PaymentProtocol { accepts_first: true, refusals: 1, ..two }, 31_337),
        assert_holds(PaymentProtocol { shop_refunds: 1, ..two }, 188_131),
        // Too little, or in two parts.
        assert_holds(PaymentProtocol { amounts: &[[1, 1], [1, 2], [2, 1]], shop_refunds: 1, ..two }, 93_906),
        assert_holds(PaymentProtocol { amounts: &[[1, 1], [1, 2], [2, 1]], refusals: 1, ..two }, 86_462),
        // Too much.
        assert_holds(PaymentProtocol { amounts: &[[3, 2]], shop_refunds: 1, refusals: 1, ..one }, 302_828),
        // Two parts that are too much together.
        assert_holds(PaymentProtocol { total: 3, shop_refunds: 1, ..two }, 328_866),
        assert_holds(PaymentProtocol { total: 3, refusals: 1, ..two }, 72_731),
    ];
    let examples: BTreeSet<_> = examples.into_iter().flatten().collect();
    assert_eq!(examples, BTreeSet::from(PAYMENT_SOMETIMES), "an example is missing");
}

/// Known limit of the rule. The planner leaves a whole payment to people once its provider has refused a planned refund, so that
/// more is due than was refused. Refunds of the shop replace only what was refused: the more that it refunds, the less is owed.
#[test]
fn more_can_be_left_to_people_than_was_refused() {
    let two = PaymentProtocol::new(2);
    let protocol = PaymentProtocol { total: 3, amounts: &[[2, 3]], shop_refunds: 1, refusals: 1, ..two };
    let only = HasDiscoveries::AnyOf(BTreeSet::from([CHARGED_IS_OWED]));
    let checker = protocol.checker().finish_when(only).spawn_bfs().join();
    let path = checker.discovery(CHARGED_IS_OWED).expect("a counterexample").into_actions();
    assert_eq!(path.len(), 14, "{path:?}");
}

/// Returns the number of steps of a shortest counterexample.
fn steps_to_violate(mutant: PaymentMutant, property: &'static str) -> usize {
    let path = |shorter_than: Option<usize>| {
        let only = HasDiscoveries::AnyOf(BTreeSet::from([property]));
        let mut checker = PaymentProtocol::mutated(mutant).checker().finish_when(only);
        if let Some(actions) = shorter_than {
            checker = checker.target_max_depth(actions + 1);
        }
        Some(checker.spawn_bfs().join().discovery(property)?.into_actions())
    };
    let mut shortest = path(None).expect("a counterexample");
    while let Some(shorter) = path(Some(shortest.len())) {
        shortest = shorter;
    }
    println!("{mutant:?} violates \"{property}\" after {} steps: {shortest:?}", shortest.len());
    shortest.len()
}

/// The length of each counterexample is pinned: a change means that the model has changed.
#[test]
fn every_mutant_is_found() {
    let found = [
        (PaymentMutant::NewIdWithoutVersion, NEVER_REFUNDED_TWICE, 10),
        (PaymentMutant::PlanWithoutVersion, NEVER_REFUNDED_TWICE, 11),
        (PaymentMutant::ForgetPending, NEVER_REFUNDED_TWICE, 9),
        (PaymentMutant::AcceptedIsDone, NEVER_REFUNDED_TWICE, 11),
        (PaymentMutant::RetryRefused, ASKED_ONCE, 9),
        (PaymentMutant::CancelKeepsMarker, CHARGED_IS_OWED, 7),
        (PaymentMutant::OverwriteFacts, CHARGED_IS_OWED, 9),
        (PaymentMutant::FailureBeatsCapture, CHARGED_IS_OWED, 6),
        (PaymentMutant::ReleaseOnFailure, PAID_HAVE_STOCK, 7),
        (PaymentMutant::SendWithoutKey, NEVER_REFUNDED_TWICE, 8),
        (PaymentMutant::SendOnlyDue, REQUESTS_ARE_ANSWERED, 5),
        (PaymentMutant::DropEarlyWebhook, CHARGED_IS_OWED, 4),
        (PaymentMutant::RecordWithoutVersion, PAID_HAVE_STOCK, 7),
        (PaymentMutant::ShopRefundWithoutVersion, NEVER_REFUNDED_TWICE, 9),
        (PaymentMutant::SurplusIgnoresShopRefunds, CHARGED_IS_OWED, 10),
        (PaymentMutant::ShopRefundTakesSurplus, CHARGED_IS_OWED, 17),
        (PaymentMutant::GrantBeforePaid, PARTS_STAY, 8),
        (PaymentMutant::PendingPays, CHARGED_IS_OWED, 10),
        (PaymentMutant::RefusalNotReplaced, CHARGED_IS_OWED, 12),
        (PaymentMutant::RefusalByAnswerOnly, CHARGED_IS_OWED, 13),
    ];
    assert_eq!(found.map(|(mutant, ..)| mutant), PaymentMutant::ALL);
    let actual = found.map(|(mutant, property, _)| (mutant, property, steps_to_violate(mutant, property)));
    assert_eq!(actual, found);
}

/// Without this, the properties about the end of a run do not cover infinite runs. Only a crash after a read leads back.
#[test]
fn every_run_without_crashes_comes_to_rest() {
    let protocols = [
        PaymentProtocol { has_detours: true, accepts_first: true, refusals: 1, ..PaymentProtocol::new(1) },
        PaymentProtocol { shop_refunds: 1, ..PaymentProtocol::new(1) },
        PaymentProtocol { refusals: 1, ..PaymentProtocol::new(2) },
    ];
    for protocol in protocols {
        for initial in protocol.init_states() {
            assert!(!has_cycle(protocol, initial), "a run may not end");
        }
    }
}

/// Returns `true` when a state can be reached from itself. Depth-first search.
fn has_cycle(protocol: PaymentProtocol, initial: PaymentState) -> bool {
    let mut is_on_path = HashMap::from([(initial.clone(), true)]);
    let mut path = vec![(next_states(protocol, &initial), initial)];
    while let Some((rest, state)) = path.last_mut() {
        let Some(next) = rest.pop() else {
            is_on_path.insert(state.clone(), false);
            path.pop();
            continue;
        };
        match is_on_path.get(&next) {
            Some(true) => return true,
            Some(false) => {}
            None => {
                is_on_path.insert(next.clone(), true);
                path.push((next_states(protocol, &next), next));
            }
        }
    }
    false
}

fn next_states(protocol: PaymentProtocol, state: &PaymentState) -> Vec<PaymentState> {
    let mut actions = Vec::new();
    protocol.actions(state, &mut actions);
    let steps = actions.into_iter().filter(|action| *action != PaymentAction::Crash);
    steps.filter_map(|action| protocol.next_state(state, action)).collect()
}
