//! Relay: runs on a schedule, sometimes with a redrive by the operator first.

use crate::operator::redrive_dead_letters;
use crate::ports::Ports;
use crate::process::{Responder, invoke};
use crate::world::World;
use platform_outbox::{BatchEnd, BatchSize, Lease, Relay, RelayReport};
use std::sync::Arc;
use std::time::Duration;

/// Duration of a lease.
const LEASE: Duration = Duration::from_secs(30);

/// Starts `runs` runs of the relay, each after the response of the one before.
pub(crate) async fn run_relays(world: Arc<World>, name: String, runs: usize) {
    for number in 1..=runs {
        let process = format!("{name}.{number}");
        let should_redrive = world.happens(400);
        let run = |responder: Responder<()>| {
            let ports = Ports { world: Arc::clone(&world), process: process.clone() };
            async move {
                run_relay(ports, should_redrive).await;
                responder.respond(());
            }
        };
        invoke(&world, process.clone(), run).receive(&world).await;
        world.advance_ms(i64::try_from(world.below(30_000)).expect("some seconds"));
    }
}

/// Runs the relay once.
pub(crate) async fn run_relay(ports: Ports, should_redrive: bool) {
    let world = Arc::clone(&ports.world);
    if should_redrive {
        redrive_dead_letters(&ports).await;
    }
    let relay = Relay { queue: &ports, publisher: &ports, dead_letters: &ports };
    let (mut size, mut report) = (BatchSize::MAX, RelayReport::default());
    for _ in 0..3 {
        let now = world.now();
        let owner = format!("{}:{}", ports.process, world.figures().turns);
        let lease = Lease { owner, now, until: now.after(LEASE) };
        if relay.batch(&lease, &mut size, &mut report).await != BatchEnd::Full {
            break;
        }
    }
    world.count(|figures| figures.relayed += report.published as u64);
}
