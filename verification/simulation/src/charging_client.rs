//! Client that charges orders. It retries a request without a response, with the same key.

use crate::client::{MAX_ATTEMPTS, key_of, publish};
use crate::observation::Observation;
use crate::ports::Ports;
use crate::process::{Responder, invoke};
use crate::world::World;
use orders_domain::{
    ChargeOrder, ChargeOrderError, ChargeTerms, RequestedCharge, advance_payment, charge_order,
};
use std::sync::Arc;

/// Charges a few random orders.
pub(crate) async fn run_charging_client(world: Arc<World>, name: String) {
    for number in 1..=3 {
        while world.random_order().is_none() && world.happens(990) {
            world.yield_turn().await;
        }
        let Some(id) = world.random_order() else { return };
        let key = format!("{name}-{number}");
        let command = ChargeOrder {
            order: key_of(id),
            customer: None,
            key: key.parse().expect("a key"),
            terms: ChargeTerms {
                provider: "standard".parse().expect("a provider"),
                token: "tok_1".parse().expect("a token"),
                is_captured: world.happens(500),
            },
            at: world.now(),
            traceparent: None,
        };
        charge(&world, &key, command).await;
    }
}

/// Sends a request until it has a response, and sometimes again.
async fn charge(world: &Arc<World>, name: &str, command: ChargeOrder) {
    for number in 1..=MAX_ATTEMPTS {
        let process = format!("{name}.{number}");
        let attempt = ChargeOrder { at: world.now(), ..command.clone() };
        let handle = |responder| post(Arc::clone(world), process.clone(), attempt, responder);
        match invoke(world, process.clone(), handle).receive(world).await {
            Some(Ok(RequestedCharge { request, .. })) => {
                let (command, request) = (Box::new(command.clone()), Box::new(request));
                world.observe(Observation::Charged { command, request });
                if world.happens(700) {
                    return;
                }
            }
            Some(Err(ChargeOrderError::Refused(_))) => return,
            Some(Err(ChargeOrderError::Store(_))) | None => {}
        }
    }
}

/// Writes a charge. Sends the response first, then publishes the record and sends its requests.
async fn post(
    world: Arc<World>,
    process: String,
    command: ChargeOrder,
    responder: Responder<Result<RequestedCharge, ChargeOrderError>>,
) {
    let ports = Ports { world: Arc::clone(&world), process };
    let response = charge_order(&ports, &command).await;
    let record = response.as_ref().ok().map(|charge| charge.record.clone());
    responder.respond(response);
    if let Some(record) = record {
        publish(ports.clone(), &record, command.at).await;
        // A failure leaves the requests to the sweeper.
        drop(advance_payment(&ports, &ports, &ports, record, world.now()).await);
    }
}
