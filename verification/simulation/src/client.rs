//! Client that changes orders. It retries a request without a response, with the same key.

use crate::observation::Observation;
use crate::ports::Ports;
use crate::process::{Responder, invoke};
use crate::world::World;
use futures::FutureExt as _;
use kernel::{Patch, Tenant, Timestamp, Version};
use orders_domain::ports::{EventPublisher as _, Orders as _, StockHolders as _, StockSettlements as _};
use orders_domain::{
    CapturePolicy, Change, ChangeOrderError, Contact, Correction, Effect, OrderChange, OrderId, OrderKey,
    OrderRecord, RequestKey, Status, change_order,
};
use orders_eventbridge::OutboxEvents;
use std::sync::Arc;
use std::time::Duration;

/// Time within which an order with products has to be paid.
pub(crate) const PAYMENT_WINDOW: Duration = Duration::from_mins(30);
/// Maximum number of attempts of a client.
pub(crate) const MAX_ATTEMPTS: usize = 6;

/// Publishes the outbox of an order after the response.
pub(crate) async fn publish(ports: Ports, record: &OrderRecord, now: Timestamp) {
    OutboxEvents::new(ports.clone(), ports).publish_pending(record, now).await;
}

/// Reads a random order and changes its status, a few times.
pub(crate) async fn run_changing_client(world: Arc<World>, name: String) {
    for number in 1..=3 {
        while world.random_order().is_none() && world.happens(990) {
            world.yield_turn().await;
        }
        let Some(id) = world.random_order() else {
            return;
        };
        wait_for_payment(&world, id).await;
        let Some((expected, status)) = read(&world, &name, id).await else {
            continue;
        };
        let key = format!("{name}-{number}");
        let change = OrderChange {
            order: key_of(id),
            customer: None,
            expected,
            effect: effect(&world, status),
            key: RequestKey::Caller(key.parse().expect("a key")),
            at: world.now(),
            traceparent: None,
        };
        for number in 1..=MAX_ATTEMPTS {
            let process = format!("{key}.{number}");
            // Each attempt has its own time of receipt, as in the function.
            let change = OrderChange { at: world.now(), ..change.clone() };
            let handle = |responder| patch(Arc::clone(&world), process.clone(), change.clone(), responder);
            let response = match invoke(&world, process.clone(), handle).receive(&world).await {
                Some(Ok(change)) => Ok(change),
                Some(Err(ChangeOrderError::Refused(refused))) => Err(refused),
                Some(Err(ChangeOrderError::Store(_))) | None => continue,
            };
            world.observe(Observation::Changed { change: Box::new(change), response: Box::new(response) });
            break;
        }
    }
}

/// Waits for a while until an order is paid that the fulfilment takes money for.
async fn wait_for_payment(world: &World, id: OrderId) {
    let is_paid = || {
        let found = world.orders.find(&key_of(id)).now_or_never().expect("at once").expect("a result");
        found.is_none_or(|record| record.order().status() == Status::Paid)
    };
    while world.plan().capture == CapturePolicy::OnFulfilment && !is_paid() && world.happens(985) {
        world.yield_turn().await;
    }
}

/// Returns a random change of the status, or a correction.
fn effect(world: &World, current: Status) -> Effect {
    // The fulfilment takes money that is set aside.
    let is_to_capture = current == Status::Paid && world.plan().capture == CapturePolicy::OnFulfilment;
    if is_to_capture && world.happens(700) {
        return Effect::Status(Status::Fulfilled);
    }
    if world.happens(500) {
        let target = Status::ALL[world.below(Status::ALL.len())];
        let is_lost = target == Status::Cancelled && world.now().unix_millis() % 4 == 0;
        return if is_lost { Effect::WriteOff } else { Effect::Status(target) };
    }
    let email = format!("a{}@example.com", world.below(3));
    let contact = Contact { email: email.parse().expect("an address"), phone: None };
    let external_id = format!("e-{}", world.below(2)).parse().expect("an id");
    let mut correction = Correction { contact: Patch::Set(contact), ..Correction::default() };
    if world.happens(500) {
        correction.external_id = if world.happens(300) { Patch::Remove } else { Patch::Set(external_id) };
    }
    Effect::Correction(Box::new(correction))
}

pub(crate) fn key_of(id: OrderId) -> OrderKey {
    OrderKey { tenant: Tenant::default(), id }
}

/// Reads the version and the status of an order.
async fn read(world: &Arc<World>, name: &str, id: OrderId) -> Option<(Version, Status)> {
    let known = world.known_version(id);
    let ports = Ports { world: Arc::clone(world), process: format!("{name}.get") };
    let record = ports.find(&key_of(id)).await.ok()??;
    let version = record.order().version();
    world.observe(Observation::Read { id, known, version });
    Some((version, record.order().status()))
}

/// Changes the status of an order. Sends the response first, then publishes the record that the use case returns.
async fn patch(
    world: Arc<World>,
    process: String,
    change: OrderChange,
    responder: Responder<Result<Change, ChangeOrderError>>,
) {
    let ports = Ports { world, process };
    let response = change_order(&ports, &change).await;
    let record = response.as_ref().ok().map(|change| change.record().clone());
    let settlement = record.as_ref().and_then(OrderRecord::stock_settlement);
    let settled = match settlement {
        // A failure leaves the stock to the sweeper.
        Some(settlement) => ports.settle(&[settlement]).await.unwrap_or_default(),
        None => Vec::new(),
    };
    responder.respond(response);
    if let Some(record) = record {
        publish(ports.clone(), &record, change.at).await;
        if !settled.is_empty() {
            let _ = ports.settled(&settled).await;
        }
    }
}
