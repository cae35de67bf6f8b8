//! Payments of an order: every state of its stock, its payments, webhooks, refunds, cancellations and crashes; and the mistakes
//! that the properties find.

use orders_model::{
    ASKED_ONCE, CHARGED_IS_OWED, Fact, LEFT_WAS_REFUSED, NEVER_REFUNDED_TWICE, PAID_HAVE_STOCK, PARTS_STAY,
    PAYMENT_ALWAYS, PAYMENT_SOMETIMES, PaymentAction, PaymentMutant, PaymentProtocol, PaymentState,
    REQUESTS_ARE_ANSWERED, Update, examples, has_cycle, shortest_path_to,
};
use stateright::Model as _;
use std::collections::BTreeSet;

/// Visits every state, and asserts that no counterexample exists. Returns the examples.
fn assert_holds(protocol: PaymentProtocol, states: usize) -> BTreeSet<&'static str> {
    examples(protocol, &PAYMENT_ALWAYS, states)
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
        assert_holds(PaymentProtocol { accepts_first: true, refusals: 1, ..two }, 31_337),
        assert_holds(PaymentProtocol { shop_refunds: 1, ..two }, 188_131),
        // Too little, or in two parts.
        assert_holds(PaymentProtocol { amounts: &[[1, 1], [1, 2], [2, 1]], shop_refunds: 1, ..two }, 93_906),
        assert_holds(PaymentProtocol { amounts: &[[1, 1], [1, 2], [2, 1]], refusals: 1, ..two }, 86_360),
        // Too much.
        assert_holds(PaymentProtocol { amounts: &[[3, 2]], shop_refunds: 1, refusals: 1, ..one }, 302_420),
        // Two parts that are too much together.
        assert_holds(PaymentProtocol { total: 3, shop_refunds: 1, ..two }, 328_866),
        assert_holds(PaymentProtocol { total: 3, refusals: 1, ..two }, 72_629),
    ];
    let examples: BTreeSet<_> = examples.into_iter().flatten().collect();
    assert_eq!(examples, BTreeSet::from(PAYMENT_SOMETIMES), "an example is missing");
}

/// Known limit of the rule: a refund of the shop takes the place of a refused one, and the planner deducts what was refused all the
/// same. The trace is a shortest one of two payments with a refund of the shop and a refusal, after 8.6 million states.
#[test]
fn what_was_replaced_can_be_left_to_people_again() {
    use PaymentAction::{Capture, Change, Insert, Refuse, Reserve, Send};
    use Update::{Answer, Plan, Record, RefundByShop};
    let two = PaymentProtocol::new(2);
    let protocol = PaymentProtocol { amounts: &[[2, 3]], shop_refunds: 1, refusals: 1, ..two };
    let mut state = protocol.init_states().remove(0);
    for action in [
        Reserve,
        Insert,
        Capture(0),
        Capture(1),
        Change(Record(Fact::Captured(1))),
        Change(Plan),
        Change(Record(Fact::Captured(0))),
        Send(0),
        Change(Record(Fact::Refunded(0))),
        Change(Plan),
        Change(Answer(0)),
        Refuse(1),
        Change(Record(Fact::RefundFailed(1))),
        Change(Answer(1)),
        Change(RefundByShop(2)),
        Send(2),
        Change(Record(Fact::Refunded(2))),
        Change(Answer(2)),
    ] {
        let mut possible = Vec::new();
        protocol.actions(&state, &mut possible);
        assert!(possible.contains(&action), "{action:?}");
        state = protocol.next_state(&state, action).expect("a step with an effect");
    }
    let is_violated = |it: &&'static str| !(protocol.property(it).condition)(&protocol, &state);
    assert!(protocol.is_at_rest(&state));
    let violated: Vec<_> = PAYMENT_ALWAYS.iter().copied().filter(is_violated).collect();
    assert_eq!(violated, [CHARGED_IS_OWED]);
}

/// Returns the number of steps of a shortest counterexample.
fn steps_to_violate(mutant: PaymentMutant, property: &'static str) -> usize {
    let shortest = shortest_path_to(&PaymentProtocol::mutated(mutant), property).expect("a counterexample");
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
        (PaymentMutant::LeaveThePayment, LEFT_WAS_REFUSED, 11),
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
            assert!(!has_cycle(initial, |state| next_states(protocol, state)), "a run may not end");
        }
    }
}

fn next_states(protocol: PaymentProtocol, state: &PaymentState) -> Vec<PaymentState> {
    let mut actions = Vec::new();
    protocol.actions(state, &mut actions);
    let steps = actions.into_iter().filter(|action| *action != PaymentAction::Crash);
    steps.filter_map(|action| protocol.next_state(state, action)).collect()
}
