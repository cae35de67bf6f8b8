//! Facts about payments: no sequence and no repetition changes what they say together.

use crate::{at, order, unique_request};
use futures::executor::block_on;
use kernel::Money;
use orders_domain::ports::Orders as _;
use orders_domain::{
    CapturePolicy, Compensation, Effect, FactKind, FactRecorded, OrderChange, OrderKey, OrderRecord,
    PaymentFact, PaymentStatus, RecordPaymentFact, Status, change_order, record_payment_fact,
};
use orders_in_memory::InMemoryOrders;
use std::collections::HashSet;

/// Total of [`order`] in cents.
pub(crate) const TOTAL: u64 = 1980;

pub(crate) fn money(cents: u64, currency: &str) -> Money {
    Money::of_minor_units(cents, currency.parse().expect("a currency"))
}

pub(crate) fn fact(kind: FactKind, payment: &str, object: Option<&str>, cents: Option<u64>) -> PaymentFact {
    PaymentFact {
        provider: "standard".parse().expect("a provider"),
        payment: payment.parse().expect("a payment"),
        kind,
        object: object.map(|object| object.parse().expect("a reference")),
        money: cents.map(|cents| money(cents, "USD")),
        reason: None,
        until: None,
        request: None,
    }
}

/// Facts about two payments: all kinds, and captures and refunds that grow.
fn pool() -> Vec<PaymentFact> {
    let of = |kind, cents| fact(kind, "p-1", None, cents);
    let about = |kind, object, cents| fact(kind, "p-1", Some(object), cents);
    vec![
        of(FactKind::Authorized, Some(TOTAL)),
        of(FactKind::Captured, Some(500)),
        of(FactKind::Captured, Some(TOTAL)),
        of(FactKind::Failed, None),
        of(FactKind::Voided, None),
        fact(FactKind::Captured, "p-2", None, Some(TOTAL)),
        about(FactKind::Refunded, "r-1", Some(300)),
        about(FactKind::Refunded, "r-2", Some(TOTAL - 300)),
        about(FactKind::RefundFailed, "r-2", None),
        about(FactKind::Disputed, "d-1", Some(TOTAL)),
        about(FactKind::DisputeWon, "d-1", None),
        about(FactKind::DisputeLost, "d-1", None),
        PaymentFact { money: Some(money(TOTAL, "EUR")), ..fact(FactKind::Captured, "p-3", None, None) },
    ]
}

/// Event in the life of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Step {
    Fact(usize),
    Cancel,
    Expire,
}

/// Runs steps on a new order. A change that is not allowed any more does nothing.
fn run(pool: &[PaymentFact], steps: &[Step]) -> OrderRecord {
    let (orders, placed) = (InMemoryOrders::default(), order());
    block_on(orders.insert(&OrderRecord::created(placed.clone(), None))).expect("a result");
    for step in steps {
        match step {
            Step::Fact(index) => drop(record(&orders, &placed.key(), &pool[*index])),
            Step::Cancel => change(&orders, &placed.key(), Effect::Status(Status::Cancelled)),
            Step::Expire => change(&orders, &placed.key(), Effect::Expiry),
        }
    }
    block_on(orders.find(&placed.key())).expect("a result").expect("the order")
}

fn record(orders: &InMemoryOrders, order: &OrderKey, fact: &PaymentFact) -> FactRecorded {
    record_with(CapturePolicy::Auto, orders, order, fact)
}

fn record_with(
    capture: CapturePolicy,
    orders: &InMemoryOrders,
    order: &OrderKey,
    fact: &PaymentFact,
) -> FactRecorded {
    let request = &unique_request();
    let command = RecordPaymentFact { order, fact, capture, request, at: at(9), traceparent: None };
    block_on(record_payment_fact(orders, &command)).expect("a result")
}

fn change(orders: &InMemoryOrders, order: &OrderKey, effect: Effect) {
    let current = block_on(orders.find(order)).expect("a result").expect("the order");
    let change = OrderChange {
        order: order.clone(),
        customer: None,
        expected: current.order().version(),
        effect,
        key: unique_request(),
        at: at(7),
        traceparent: None,
    };
    drop(block_on(change_order(orders, &change)));
}

/// Calls `visit` with every sequence of the elements.
pub(crate) fn permutations<T>(elements: &mut Vec<T>, from: usize, visit: &mut impl FnMut(&[T])) {
    if from == elements.len() {
        return visit(elements);
    }
    for index in from..elements.len() {
        elements.swap(from, index);
        permutations(elements, from + 1, visit);
        elements.swap(from, index);
    }
}

/// Returns every set of `size` facts.
fn subsets(of: usize, size: usize) -> Vec<Vec<Step>> {
    let masks = (0_u32..1 << of).filter(|mask| mask.count_ones() as usize == size);
    masks.map(|mask| (0..of).filter(|index| mask >> index & 1 == 1).map(Step::Fact).collect()).collect()
}

/// Returns the money that the shop has and must not keep, unless the payment says that it goes back.
fn kept_wrongly(record: &OrderRecord) -> bool {
    let Some(payment) = record.order().payment() else { return false };
    let is_settled = matches!(
        payment.status,
        PaymentStatus::RefundDue
            | PaymentStatus::Disputed
            | PaymentStatus::Refunded
            | PaymentStatus::Mismatch
    );
    let kept = payment.captured.minor_units().saturating_sub(payment.refunded.minor_units());
    let owed = if record.order().status() == Status::Cancelled { 0 } else { TOTAL };
    kept > owed && !is_settled
}

#[test]
fn every_permutation_of_the_facts_gives_one_outcome() {
    let (pool, mut sequences, mut outcomes) = (pool(), 0_u32, HashSet::new());
    for mut subset in subsets(pool.len(), 4) {
        let mut of_subset = HashSet::new();
        let is_giving = |step: &Step| {
            let Step::Fact(index) = step else { return false };
            matches!(pool[*index].kind, FactKind::Refunded | FactKind::DisputeLost)
        };
        let gives_back = subset.iter().any(is_giving);
        permutations(&mut subset, 0, &mut |steps| {
            let record = run(&pool, steps);
            sequences += 1;
            let payment = record.order().payment().expect("a payment");
            assert!(!kept_wrongly(&record), "{steps:?}: {payment:?}");
            // Money that has gone back before it was taken pays nothing: which comes first decides, once.
            let is_paid = record.order().status() == Status::Paid && !gives_back;
            of_subset.insert((
                is_paid,
                payment.status,
                payment.captured.minor_units(),
                payment.refunded.minor_units(),
            ));
        });
        assert_eq!(of_subset.len(), 1, "{subset:?}: {of_subset:?}");
        outcomes.extend(of_subset);
    }
    // 13 facts, four at a time.
    assert_eq!((sequences, outcomes.len()), (17_160, 44));
}

#[test]
fn with_a_cancellation_or_an_expiry_anywhere_the_money_is_owed_or_goes_back() {
    let (pool, mut sequences) = (pool(), 0_u32);
    for end in [Step::Cancel, Step::Expire] {
        for subset in subsets(pool.len(), 3) {
            let mut steps = [subset, vec![end]].concat();
            permutations(&mut steps, 0, &mut |steps| {
                let record = run(&pool, steps);
                sequences += 1;
                let status = record.order().status();
                assert!(!kept_wrongly(&record), "{steps:?}: {status} {:?}", record.order().payment());
                let owed = record.owed(status).expect("a total");
                let payment = record.order().payment().expect("a payment");
                let compensation = record.payments().compensation(&owed);
                let is_due = payment.status == PaymentStatus::RefundDue;
                assert!(!is_due || compensation == Compensation::Due, "{steps:?}: {compensation:?}");
            });
        }
    }
    assert_eq!(sequences, 13_728);
}

#[test]
fn a_repeated_fact_changes_nothing_and_one_about_more_money_counts_once() {
    let (orders, placed) = (InMemoryOrders::default(), order());
    let of = |kind, cents| fact(kind, "p-1", None, cents);
    let full = of(FactKind::Captured, Some(TOTAL));
    assert_eq!(record(&orders, &placed.key(), &full), FactRecorded::NoOrder);
    block_on(orders.insert(&OrderRecord::created(placed.clone(), None))).expect("a result");

    let recorded = record(&orders, &placed.key(), &of(FactKind::Captured, Some(500)));
    let FactRecorded::Recorded(part) = recorded else { panic!("{recorded:?}") };
    assert_eq!(part.order().payment().map(|it| it.status), Some(PaymentStatus::Mismatch));
    assert_eq!((part.order().status(), part.order().version().get()), (Status::Created, 2));
    let recorded = record(&orders, &placed.key(), &full);
    let FactRecorded::Recorded(paid) = recorded else { panic!("{recorded:?}") };
    assert_eq!((paid.order().status(), paid.order().version().get()), (Status::Paid, 3));
    let payment = paid.order().payment().expect("a payment");
    assert_eq!((payment.status, payment.captured), (PaymentStatus::Paid, money(TOTAL, "USD")));
    for repeated in [&full, &of(FactKind::Captured, Some(500))] {
        let known = record(&orders, &placed.key(), repeated);
        assert_eq!(known, FactRecorded::Known(paid.clone()));
    }
    let events: Vec<_> =
        paid.pending_events().map(|event| (event.kind, event.order.payment().map(|it| it.status))).collect();
    let updated = |changed: &[&str]| orders_domain::EventKind::OrderUpdated {
        previous_status: Status::Created,
        changed: changed.iter().map(ToString::to_string).collect(),
    };
    assert_eq!(
        events,
        [
            (orders_domain::EventKind::OrderCreated, None),
            (updated(&["payment"]), Some(PaymentStatus::Mismatch)),
            (updated(&[]), Some(PaymentStatus::Paid)),
        ],
        "each as of its version"
    );
}

#[test]
fn an_order_that_was_paid_by_other_means_is_paid_twice_by_a_capture() {
    let (orders, placed) = (InMemoryOrders::default(), order());
    block_on(orders.insert(&OrderRecord::created(placed.clone(), None))).expect("a result");
    change(&orders, &placed.key(), Effect::Status(Status::Paid));
    let recorded = record(&orders, &placed.key(), &fact(FactKind::Captured, "p-1", None, Some(TOTAL)));
    let FactRecorded::Recorded(twice) = recorded else { panic!("{recorded:?}") };
    let payment = twice.order().payment().expect("a payment");
    assert_eq!((payment.status, payment.captured.minor_units()), (PaymentStatus::RefundDue, 2 * TOTAL));
    assert_eq!(twice.order().status(), Status::Paid);
}

/// Returns the payment of an order after facts, of which each is told in minor units and a currency.
fn after(
    facts: &[(FactKind, &str, Option<&str>, u64, &str)],
    end: Option<Step>,
) -> (Status, PaymentStatus, Compensation) {
    let pool: Vec<_> = facts
        .iter()
        .map(|(kind, payment, object, units, currency)| PaymentFact {
            money: Some(money(*units, currency)),
            ..fact(*kind, payment, *object, None)
        })
        .collect();
    let steps: Vec<_> = (0..pool.len()).map(Step::Fact).chain(end).collect();
    let record = run(&pool, &steps);
    let owed = record.owed(record.order().status()).expect("a total");
    let status = record.order().payment().expect("a payment").status;
    (record.order().status(), status, record.payments().compensation(&owed))
}

#[test]
fn a_refund_of_one_payment_takes_nothing_from_another() {
    use FactKind::{Authorized, Captured, DisputeLost, Disputed, Refunded, Voided};
    let cancelled = Some(Step::Cancel);
    let (a, b) = ("p-1", "p-2");
    // A released authorization that the provider reports as a refund.
    let released = [
        (Authorized, a, None, TOTAL, "USD"),
        (Voided, a, None, 0, "USD"),
        (Refunded, a, Some("r-1"), TOTAL, "USD"),
        (Captured, b, None, TOTAL, "USD"),
    ];
    assert_eq!(after(&released, None), (Status::Paid, PaymentStatus::Paid, Compensation::Held));
    assert_eq!(after(&released, cancelled), (Status::Cancelled, PaymentStatus::RefundDue, Compensation::Due));
    // What was given back does not pay.
    let given_back = [
        (Captured, a, None, 1_000, "USD"),
        (Refunded, a, Some("r-1"), 1_000, "USD"),
        (Captured, b, None, 980, "USD"),
    ];
    assert_eq!(after(&given_back, None).0, Status::Created);
    // Paid twice, and one of the two given back.
    let twice = [
        (Captured, a, None, TOTAL, "USD"),
        (Captured, b, None, TOTAL, "USD"),
        (Refunded, b, Some("r-1"), TOTAL, "USD"),
    ];
    assert_eq!(after(&twice, None), (Status::Paid, PaymentStatus::Paid, Compensation::Held));
    // A lost dispute about one payment hides nothing about the other.
    let disputed = [
        (Captured, a, None, TOTAL, "USD"),
        (Captured, b, None, TOTAL, "USD"),
        (Disputed, a, Some("d-1"), TOTAL, "USD"),
        (DisputeLost, a, Some("d-1"), TOTAL, "USD"),
    ];
    assert_eq!(after(&disputed, cancelled), (Status::Cancelled, PaymentStatus::RefundDue, Compensation::Due));
    // While the bank decides, nothing is due twice.
    let contested = [(Captured, a, None, TOTAL, "USD"), (Disputed, a, Some("d-1"), TOTAL, "USD")];
    assert_eq!(
        after(&contested, cancelled),
        (Status::Cancelled, PaymentStatus::Disputed, Compensation::Nothing)
    );
}

#[test]
fn money_of_another_currency_is_due_until_it_has_gone_back() {
    use FactKind::{Authorized, Captured, Refunded, Voided};
    let foreign = (Captured, "p-3", None, 5_000, "EUR");
    let back = (Refunded, "p-3", Some("r-3"), 5_000, "EUR");
    let paid = (Captured, "p-1", None, TOTAL, "USD");
    let refunded = (Refunded, "p-1", Some("r-1"), TOTAL, "USD");
    let status = |facts: &[_], end| after(facts, end).1;
    assert_eq!(status(&[foreign], None), PaymentStatus::Mismatch);
    assert_eq!(status(&[foreign, paid], None), PaymentStatus::RefundDue);
    assert_eq!(status(&[foreign, paid, refunded], Some(Step::Cancel)), PaymentStatus::RefundDue);
    assert_eq!(status(&[foreign, back], Some(Step::Cancel)), PaymentStatus::Unpaid);
    let voided = [(Authorized, "p-3", None, 5_000, "EUR"), (Voided, "p-3", None, 0, "EUR"), paid];
    assert_eq!(status(&voided, None), PaymentStatus::Paid);
}

#[test]
fn the_rest_of_a_part_payment_can_come_by_other_means() {
    let (orders, placed) = (InMemoryOrders::default(), order());
    block_on(orders.insert(&OrderRecord::created(placed.clone(), None))).expect("a result");
    drop(record(&orders, &placed.key(), &fact(FactKind::Captured, "p-1", None, Some(500))));
    change(&orders, &placed.key(), Effect::Status(Status::Paid));
    let paid = block_on(orders.find(&placed.key())).expect("a result").expect("the order");
    let payment = paid.order().payment().expect("a payment");
    assert_eq!((payment.status, payment.captured.minor_units()), (PaymentStatus::Paid, TOTAL));
}

#[test]
fn a_payment_after_the_cancellation_leaves_its_reason() {
    let (orders, placed) = (InMemoryOrders::default(), order());
    block_on(orders.insert(&OrderRecord::created(placed.clone(), None))).expect("a result");
    change(&orders, &placed.key(), Effect::Expiry);
    let cancelled = block_on(orders.find(&placed.key())).expect("a result").expect("the order");
    drop(record(&orders, &placed.key(), &fact(FactKind::Captured, "p-1", None, Some(TOTAL))));
    let late = block_on(orders.find(&placed.key())).expect("a result").expect("the order");
    assert_eq!(late.order().cancel_reason(), cancelled.order().cancel_reason());
    assert_eq!(late.as_of(&late.history()[1]).cancel_reason(), cancelled.order().cancel_reason());
}
