//! Subscriber of the bus: keeps the statuses that buyers read. Its queue delivers each event at least once, in any
//! sequence.

use crate::ports::Ports;
use crate::process::{Responder, invoke};
use crate::world::World;
use orders_domain::ports::{OrderStatuses as _, TrackedStatus};
use std::sync::Arc;

/// Tracks random events for a while.
pub(crate) async fn run_subscriber(world: Arc<World>, name: String) {
    while world.happens(994) {
        world.yield_turn().await;
        if let Some(status) = world.tracking_queue.take(&world) {
            deliver(&world, &name, status).await;
        }
    }
}

/// Tracks all events.
pub(crate) async fn track_all(world: Arc<World>, name: String) {
    while let Some(status) = world.tracking_queue.take(&world) {
        deliver(&world, &name, status).await;
    }
}

/// Delivers an event, and puts it back into the queue after a failure.
async fn deliver(world: &Arc<World>, name: &str, status: TrackedStatus) {
    let ports = Ports { world: Arc::clone(world), process: name.to_owned() };
    let tracked = status.clone();
    let track = |responder: Responder<bool>| async move {
        responder.respond(ports.record(&tracked).await.is_ok());
    };
    if invoke(world, name.to_owned(), track).receive(world).await != Some(true) {
        world.tracking_queue.send(status);
    }
}
