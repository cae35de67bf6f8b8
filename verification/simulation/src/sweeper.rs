//! Sweeper: runs on a schedule.

use crate::ports::Ports;
use crate::process::{Responder, invoke};
use crate::world::World;
use orders_domain::{LeasedNumbers, ResendAccepted, Sweep};
use std::sync::Arc;
use std::time::Duration;

/// Starts `runs` sweeps, each after the response of the one before.
pub(crate) async fn run_sweepers(world: Arc<World>, name: String, runs: usize) {
    for number in 1..=runs {
        let process = format!("{name}.{number}");
        let sweep = |responder: Responder<()>| {
            let ports = Ports { world: Arc::clone(&world), process: process.clone() };
            async move {
                run_sweep(ports).await;
                responder.respond(());
            }
        };
        invoke(&world, process.clone(), sweep).receive(&world).await;
        world.advance_ms(i64::try_from(world.below(60_000)).expect("some seconds"));
    }
}

/// Sweeps once.
pub(crate) async fn run_sweep(ports: Ports) {
    let world = Arc::clone(&ports.world);
    let accepted = ResendAccepted { accepted: ports.clone(), queue: ports.clone(), concurrency: 2 };
    let resent = accepted.run(|| world.now()).await;
    let numbers = Some(LeasedNumbers::new(ports.clone()));
    let sweep = Sweep { stock: ports.clone(), orders: ports.clone(), numbers, queue: ports, concurrency: 2 };
    let report = sweep.run(|| world.now(), world.now().after(Duration::from_mins(1))).await;
    world.count(|figures| {
        figures.resent += resent.sent as u64;
        figures.completed += report.completed as u64;
        figures.expired += report.expired as u64;
        figures.settled += report.settled as u64;
    });
}
