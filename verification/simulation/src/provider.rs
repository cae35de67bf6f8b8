//! Payment provider: reports facts about orders, each until it is accepted, in any sequence, and sometimes again.

use crate::client::key_of;
use crate::ledger::Ledger;
use crate::observation::Observation;
use crate::ports::Ports;
use crate::process::{Responder, invoke};
use crate::violation::Violation;
use crate::world::World;
use kernel::Money;
use orders_domain::ports::{EventPublisher as _, Orders as _};
use orders_domain::{
    FactKind, FactRecorded, Operation, OrderId, OrderRecord, PaymentFact, PaymentRequestId, PaymentStatus,
    RecordPaymentFact, RefundCause, RequestKey, RequestStatus, Status, record_payment_fact,
};
use orders_eventbridge::OutboxEvents;
use std::sync::Arc;
use std::time::Duration;

/// Takes money for a random order, or sets it aside: by one payment or two. Some of it goes back without a request.
pub(crate) async fn run_provider(world: Arc<World>, name: String) {
    while world.random_order().is_none() && world.happens(990) {
        world.yield_turn().await;
    }
    let Some(order) = world.random_order() else { return };
    let Some(total) = total_of(&world, &name, order).await else { return };
    let mut steps = steps_of(&world, &name, order, total);
    while !steps.is_empty() {
        let step = steps.swap_remove(world.below(steps.len()));
        let Some(fact) = step.fact(&mut world.ledger()) else { continue };
        deliver(&world, &name, order, &fact).await;
        if world.happens(200) {
            deliver(&world, &name, order, &fact).await;
        }
    }
}

/// Step in the life of a payment, which the provider reports.
struct Step {
    fact: PaymentFact,
    /// `false` for what happened before, and is only reported now.
    happens_now: bool,
}

impl Step {
    /// Takes the step. Returns its report; `None` when it is not possible any more.
    fn fact(self, ledger: &mut Ledger) -> Option<PaymentFact> {
        let PaymentFact { payment, kind, money, .. } = &self.fact;
        let units = money.map_or(0, Money::minor_units);
        let is_possible = !self.happens_now
            || match kind {
                FactKind::Captured => ledger.capture(payment, units),
                FactKind::Voided => ledger.void(payment),
                FactKind::Refunded => ledger.refund_by_dashboard(payment, units),
                _ => true,
            };
        is_possible.then_some(self.fact)
    }
}

/// Returns what happens to the payments of an order, in any sequence.
fn steps_of(world: &World, name: &str, order: OrderId, total: Money) -> Vec<Step> {
    let fact = |kind, payment: &str, object: Option<String>, units: Option<u64>| PaymentFact {
        provider: "standard".parse().expect("a provider"),
        payment: format!("{name}-{payment}").parse().expect("a payment"),
        kind,
        object: object.map(|object| object.parse().expect("a reference")),
        money: units.map(|units| Money::of_minor_units(units, total.currency())),
        reason: None,
        until: None,
        request: None,
    };
    let all = total.minor_units();
    let before = |fact| Step { fact, happens_now: false };
    let now = |fact| Step { fact, happens_now: true };
    let mut steps = vec![before(fact(FactKind::Failed, "p-0", None, None))];
    for number in 0..=world.below(2) {
        let payment = format!("p-{number}");
        let captured = fact(FactKind::Captured, &payment, None, Some(all));
        if world.happens(450) {
            // Some are set aside, and taken or freed later, or neither.
            let minutes = 5 + world.below(60) as u64;
            let until = world.happens(800).then(|| world.now().after(Duration::from_mins(minutes)));
            world.ledger().authorize(order, &captured.payment, all);
            steps
                .push(before(PaymentFact { until, ..fact(FactKind::Authorized, &payment, None, Some(all)) }));
            match world.below(4) {
                0 => steps.push(now(captured)),
                1 => steps.push(now(fact(FactKind::Voided, &payment, None, None))),
                _ => {}
            }
            continue;
        }
        world.ledger().take(order, &captured.payment, all);
        steps.push(before(captured));
        if world.happens(400) {
            let part = if world.happens(500) { all } else { all / 3 };
            let refund = Some(format!("{name}-r-{number}"));
            steps.push(now(fact(FactKind::Refunded, &payment, refund, Some(part))));
        }
    }
    steps
}

async fn total_of(world: &Arc<World>, name: &str, order: OrderId) -> Option<Money> {
    let ports = Ports { world: Arc::clone(world), process: format!("{name}.get") };
    let record = ports.find(&key_of(order)).await.ok()??;
    record.owed(record.order().status()).map(|owed| owed.total)
}

/// Sends a fact until it is accepted. The faults end before the patience of a provider.
pub(crate) async fn deliver(world: &Arc<World>, name: &str, order: OrderId, fact: &PaymentFact) {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let process = format!("{name}.{attempt}.{}", world.below(1_000_000));
        let handle = |responder| receive(Arc::clone(world), process.clone(), order, fact.clone(), responder);
        if invoke(world, process.clone(), handle).receive(world).await == Some(true) {
            world.count(|figures| figures.facts += 1);
            return world.observe(Observation::Told { order, fact: Box::new(fact.clone()) });
        }
    }
}

/// Records a fact, and answers before it publishes, like the function.
async fn receive(
    world: Arc<World>,
    process: String,
    order: OrderId,
    fact: PaymentFact,
    responder: Responder<bool>,
) {
    let (now, capture) = (world.now(), world.plan().capture);
    let ports = Ports { world, process: process.clone() };
    let request = RequestKey::Generated(process.parse().expect("a key"));
    let command = RecordPaymentFact {
        order: &key_of(order),
        fact: &fact,
        capture,
        request: &request,
        at: now,
        traceparent: None,
    };
    let recorded = record_payment_fact(&ports, &command).await;
    responder.respond(matches!(recorded, Ok(FactRecorded::Recorded(_) | FactRecorded::Known(_))));
    if let Ok(FactRecorded::Recorded(record) | FactRecorded::Known(record)) = recorded {
        OutboxEvents::new(ports.clone(), ports).publish_pending(&record, now).await;
    }
}

/// Checks that every fact that was accepted is part of its order, and that no money is kept that nobody owes.
pub(crate) fn audit_payments(world: &World, records: &[OrderRecord]) -> Result<(), Violation> {
    for observation in world.observations() {
        let Observation::Told { order, fact } = observation else { continue };
        let record = records.iter().find(|record| record.order().id() == order);
        if !record.is_some_and(|record| record.payments().cover(&fact)) {
            return Err(Violation::LostPayment(format!("{order}: {fact:?}")));
        }
    }
    for record in records {
        let (order, Some(payment)) = (record.order(), record.order().payment()) else { continue };
        let total = record.owed(order.status()).map_or(0, |owed| owed.total.minor_units());
        let kept = payment.captured.minor_units().saturating_sub(payment.refunded.minor_units());
        if order.status() == Status::Created && kept >= total {
            return Err(Violation::WrongPayment(format!("paid, and not PAID: {record:?}")));
        }
        // When the shop has more than the order owes, the payment says so.
        let (least, most) = owed(record, total);
        let is_due = payment.status == PaymentStatus::RefundDue;
        if (kept > most && !is_due) || (kept <= least && is_due) {
            return Err(Violation::WrongPayment(format!("{record:?}")));
        }
    }
    Ok(())
}

/// Returns what an order owes at least and at most: nothing once it is cancelled, and otherwise the total, with or without what
/// the shop has given back. A refund of the shop can lower what is owed, or take the place of a compensation that was refused.
pub(crate) fn owed(record: &OrderRecord, total: u64) -> (u64, u64) {
    if record.order().status() == Status::Cancelled {
        return (0, 0);
    }
    let payments = record.payments();
    let is_asked_for = |id: &PaymentRequestId| {
        payments.refunds().iter().any(|refund| refund.id == *id && refund.cause == RefundCause::Requested)
    };
    let given_back = payments.requests().iter().filter_map(|request| match &request.operation {
        Operation::Refund { refund, money, .. } if is_asked_for(refund) => {
            (payments.status_of(request) == RequestStatus::Done).then(|| money.minor_units())
        }
        _ => None,
    });
    (total.saturating_sub(given_back.sum()), total)
}
