//! Whoever uses the API. A request that is not answered is repeated, under the same key.

use crate::ports::Ports;
use crate::process::{Responder, invoke};
use crate::told::{Request, Told};
use crate::world::World;
use orders_domain::ports::Orders as _;
use orders_domain::{
    Change, Fingerprint, IdempotencyKey, Order, OrderId, PlaceOrderError, PlacedOrder, Status, StatusChange,
    Tenant, announce, change_status, place_order,
};
use orders_in_memory::sample_request;
use std::sync::Arc;

/// How often a client tries.
const TRIES: usize = 6;

/// Places an order, and now and then asks for it once more.
pub(crate) async fn places(world: Arc<World>, name: String, request: Request) {
    world.note(Told::Asked { request: request.clone() });
    for number in 1..=TRIES {
        let process = format!("{name}.{number}");
        let placing = |responder| place(Arc::clone(&world), process.clone(), request.clone(), responder);
        match invoke(&world, process.clone(), placing).answer(&world).await {
            Some(Ok(placed)) => {
                world.count(|figures| figures.replays += u64::from(placed.replayed));
                world.note(Told::Placed { request: request.clone(), order: placed.order });
                if world.happens(600) {
                    return;
                }
            }
            Some(Err(PlaceOrderError::KeyReused)) => {
                world.count(|figures| figures.keys_reused += 1);
                return world.note(Told::KeyReused { request });
            }
            Some(Err(PlaceOrderError::Claim(_) | PlaceOrderError::Insert(_))) | None => {}
        }
    }
}

/// One request, as the function handles it: the answer leaves before the event is published.
async fn place(
    world: Arc<World>,
    process: String,
    request: Request,
    responder: Responder<Result<PlacedOrder, PlaceOrderError>>,
) {
    let now = world.now();
    let key: IdempotencyKey = request.key.parse().expect("a key");
    // Its customer says under which key an order was placed.
    let wanted = sample_request(&request.key, request.quantity);
    let fingerprint = Fingerprint::of(&wanted);
    let order = Order::place(wanted, Tenant::default(), OrderId::v7(now, world.entropy()), now);
    let ports = Ports { world: Arc::clone(&world), process };
    let placed = place_order(&ports, &ports, order, &key, fingerprint, world.plan().ttl, None).await;
    let record = placed.as_ref().ok().and_then(|placed| placed.unannounced.clone());
    responder.respond(placed);
    if let Some(record) = record {
        announce(&ports, &ports, &record, now).await;
    }
}

/// Reads some order and moves it on, a few times.
pub(crate) async fn changes(world: Arc<World>, name: String) {
    for number in 1..=3 {
        while world.some_order().is_none() && world.happens(990) {
            world.turn().await;
        }
        let Some(id) = world.some_order() else {
            return;
        };
        let Some(expected) = read(&world, &name, id).await else {
            continue;
        };
        let key = format!("{name}-{number}");
        let change = StatusChange {
            tenant: Tenant::default(),
            order_id: id,
            expected,
            target: Status::ALL[world.below(Status::ALL.len())],
            key: key.parse().expect("a key"),
            at: world.now(),
            traceparent: None,
        };
        for number in 1..=TRIES {
            let process = format!("{key}.{number}");
            // As the function does, each try notes when it was received.
            let change = StatusChange { at: world.now(), ..change.clone() };
            let making = |responder| make(Arc::clone(&world), process.clone(), change.clone(), responder);
            if let Some(Ok(answer)) = invoke(&world, process.clone(), making).answer(&world).await {
                world.note(Told::Changed { change: Box::new(change), answer: Box::new(answer) });
                break;
            }
        }
    }
}

async fn read(world: &Arc<World>, name: &str, id: OrderId) -> Option<orders_domain::Version> {
    let known = world.known_version(id);
    let ports = Ports { world: Arc::clone(world), process: format!("{name}.get") };
    let record = ports.find(&Tenant::default(), id).await.ok()??;
    let version = record.order().version();
    world.note(Told::Read { id, known, version });
    Some(version)
}

/// One change, as the function handles it.
async fn make(
    world: Arc<World>,
    process: String,
    change: StatusChange,
    responder: Responder<Result<Change, orders_domain::ChangeStatusError>>,
) {
    let ports = Ports { world, process };
    let answer = change_status(&ports, &change).await;
    let record = match &answer {
        Ok(Change::Applied(record) | Change::Replayed { record, .. }) => Some(record.clone()),
        _ => None,
    };
    responder.respond(answer);
    if let Some(record) = record {
        announce(&ports, &ports, &record, change.at).await;
    }
}
