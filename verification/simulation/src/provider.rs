//! Payment provider: reports facts about orders, each until it is accepted, in any sequence, and sometimes again.

use crate::observation::Observation;
use crate::ports::Ports;
use crate::process::{Responder, invoke};
use crate::violation::Violation;
use crate::world::World;
use kernel::{Money, Tenant};
use orders_domain::ports::{EventPublisher as _, Orders as _};
use orders_domain::{
    CapturePolicy, FactKind, FactRecorded, OrderId, OrderKey, OrderRecord, Payment, PaymentFact,
    PaymentStatus, RecordPaymentFact, RequestKey, Status, record_payment_fact,
};
use orders_eventbridge::OutboxEvents;
use std::sync::Arc;

/// Takes money for a random order: by one payment or two, and sometimes gives it back.
pub(crate) async fn run_provider(world: Arc<World>, name: String) {
    while world.random_order().is_none() && world.happens(990) {
        world.yield_turn().await;
    }
    let Some(order) = world.random_order() else { return };
    let Some(total) = total_of(&world, &name, order).await else { return };
    let mut facts = facts_of(&world, &name, total);
    while !facts.is_empty() {
        let fact = facts.swap_remove(world.below(facts.len()));
        deliver(&world, &name, order, &fact).await;
        if world.happens(200) {
            deliver(&world, &name, order, &fact).await;
        }
    }
}

/// Returns what the provider has to say about an order.
fn facts_of(world: &World, name: &str, total: Money) -> Vec<PaymentFact> {
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
    let mut facts = vec![fact(FactKind::Failed, "p-0", None, None)];
    for number in 0..=world.below(2) {
        let payment = format!("p-{number}");
        facts.push(fact(FactKind::Captured, &payment, None, Some(all)));
        if world.happens(500) {
            let part = if world.happens(500) { all } else { all / 3 };
            facts.push(fact(FactKind::Refunded, &payment, Some(format!("{name}-r-{number}")), Some(part)));
        }
    }
    facts
}

async fn total_of(world: &Arc<World>, name: &str, order: OrderId) -> Option<Money> {
    let ports = Ports { world: Arc::clone(world), process: format!("{name}.get") };
    let record = ports.find(&key_of(order)).await.ok()??;
    record.owed(record.order().status()).map(|owed| owed.total)
}

/// Sends a fact until it is accepted. The faults end before the patience of a provider.
async fn deliver(world: &Arc<World>, name: &str, order: OrderId, fact: &PaymentFact) {
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
    let now = world.now();
    let ports = Ports { world, process: process.clone() };
    let request = RequestKey::Generated(process.parse().expect("a key"));
    let command = RecordPaymentFact {
        order: &key_of(order),
        fact: &fact,
        capture: CapturePolicy::Auto,
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

fn key_of(id: OrderId) -> OrderKey {
    OrderKey { tenant: Tenant::default(), id }
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
        if is_kept_wrongly(order.status(), total, payment) {
            return Err(Violation::WrongPayment(format!("{record:?}")));
        }
    }
    Ok(())
}

/// Returns `true` when the shop has more than the order owes, and the payment does not say so.
fn is_kept_wrongly(status: Status, total: u64, payment: Payment) -> bool {
    let kept = payment.captured.minor_units().saturating_sub(payment.refunded.minor_units());
    let owed = if status == Status::Cancelled { 0 } else { total };
    (kept > owed) != (payment.status == PaymentStatus::RefundDue)
}
