//! Whoever keeps the events flowing: the relay, on its schedule, and an operator who redrives.

use crate::ports::Ports;
use crate::process::{Responder, invoke};
use crate::world::World;
use orders_domain::{BatchEnd, Lease, Redriven, Relay, Relayed, redrive};
use std::sync::Arc;
use std::time::Duration;

/// How long a relay has an order for itself.
const LEASE: Duration = Duration::from_secs(30);

/// Has relays run, one after the other or several at once.
pub(crate) async fn relays(world: Arc<World>, name: String, runs: usize) {
    for number in 1..=runs {
        let process = format!("{name}.{number}");
        let is_redriving = world.happens(400);
        let running = |responder: Responder<()>| {
            let ports = Ports { world: Arc::clone(&world), process: process.clone() };
            async move {
                relay(ports, is_redriving).await;
                responder.respond(());
            }
        };
        invoke(&world, process.clone(), running).answer(&world).await;
        world.pass_ms(i64::try_from(world.below(30_000)).expect("some seconds"));
    }
}

/// One run of the relay.
pub(crate) async fn relay(ports: Ports, is_redriving: bool) {
    let world = Arc::clone(&ports.world);
    if is_redriving {
        world.letters.show_hidden();
        let mut redriven = Redriven::default();
        redrive(&ports, &ports, &mut redriven).await;
        world.count(|figures| figures.redriven += redriven.put_back as u64);
    }
    let relay = Relay { store: &ports, publisher: &ports, dead_letters: &ports };
    let mut relayed = Relayed::default();
    for _ in 0..3 {
        let now = world.now();
        let owner = format!("{}:{}", ports.process, world.figures().turns);
        let lease = Lease { owner, now, until: now.after(LEASE) };
        if relay.batch(&lease, &mut relayed).await != BatchEnd::Full {
            break;
        }
    }
    world.count(|figures| figures.relayed += relayed.published as u64);
}
