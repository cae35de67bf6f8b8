//! Client that refunds orders. It retries a request without a response, with the same key.

use crate::client::{MAX_ATTEMPTS, key_of, publish};
use crate::observation::Observation;
use crate::ports::Ports;
use crate::process::{Responder, invoke};
use crate::world::World;
use orders_domain::ports::Orders as _;
use orders_domain::{
    OrderId, OrderRecord, RefundRefused, RefundedItem, RequestRefund, RequestRefundError, RequestedRefund,
    advance_payment, request_refund,
};
use std::sync::Arc;

/// Asks for a few refunds of random orders. Clients can use the same keys.
pub(crate) async fn run_refunding_client(world: Arc<World>, name: String) {
    for number in 1..=3 {
        while world.random_order().is_none() && world.happens(990) {
            world.yield_turn().await;
        }
        let Some(id) = world.random_order() else { return };
        let Some(record) = read(&world, &name, id).await else { continue };
        let command = command(&world, &record);
        world.observe(Observation::RefundAsked { command: Box::new(command.clone()) });
        refund(&world, &format!("{name}-{number}"), command).await;
        // Until the order is paid, the client may wait.
        while world.happens(950) {
            world.yield_turn().await;
        }
    }
}

/// Sends a request until it has a response, and sometimes again.
async fn refund(world: &Arc<World>, name: &str, command: RequestRefund) {
    for number in 1..=MAX_ATTEMPTS {
        let process = format!("{name}.{number}");
        let attempt = RequestRefund { at: world.now(), ..command.clone() };
        let handle = |responder| post(Arc::clone(world), process.clone(), attempt, responder);
        match invoke(world, process.clone(), handle).receive(world).await {
            Some(Ok(RequestedRefund { refund, .. })) => {
                let (command, refund) = (Box::new(command.clone()), Box::new(refund));
                world.observe(Observation::Refunded { command, refund });
                if world.happens(700) {
                    return;
                }
            }
            Some(Err(RequestRefundError::Refused(RefundRefused::KeyReused))) => {
                return world.observe(Observation::RefundKeyReused { command: Box::new(command) });
            }
            Some(Err(RequestRefundError::Refused(_))) => return,
            Some(Err(RequestRefundError::Store(_))) | None => {}
        }
    }
}

/// Returns a request for the refund of all, of a part, or of one unit, sometimes with the units.
fn command(world: &World, record: &OrderRecord) -> RequestRefund {
    let items = || {
        let item = &record.order().items()[0];
        vec![RefundedItem { sku: item.sku.clone(), quantity: 1.try_into().expect("a quantity") }]
    };
    let (amount, items) = match world.below(3) {
        0 => (None, Vec::new()),
        1 => (Some("3.30".parse().expect("a price")), Vec::new()),
        _ => (None, items()),
    };
    RequestRefund {
        order: record.order().key(),
        key: format!("refund-{}", world.below(4)).parse().expect("a key"),
        amount,
        items,
        reason: None,
        restocks: world.happens(600),
        at: world.now(),
        traceparent: None,
    }
}

async fn read(world: &Arc<World>, name: &str, id: OrderId) -> Option<OrderRecord> {
    let ports = Ports { world: Arc::clone(world), process: format!("{name}.get") };
    ports.find(&key_of(id)).await.ok()?
}

/// Writes a refund. Sends the response first, then publishes the record and sends its requests.
async fn post(
    world: Arc<World>,
    process: String,
    command: RequestRefund,
    responder: Responder<Result<RequestedRefund, RequestRefundError>>,
) {
    let ports = Ports { world: Arc::clone(&world), process };
    let response = request_refund(&ports, &command).await;
    let record = response.as_ref().ok().map(|refund| refund.record.clone());
    responder.respond(response);
    if let Some(record) = record {
        publish(ports.clone(), &record, command.at).await;
        // A failure leaves the requests to the sweeper.
        drop(advance_payment(&ports, &ports, &ports, record, world.now()).await);
    }
}
