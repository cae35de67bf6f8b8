//! Operator: redrives the dead letters.

use crate::ports::Ports;
use orders_domain::{Redriven, redrive};

/// Requeues the events of all dead letters.
pub(crate) async fn redrive_dead_letters(ports: &Ports) {
    ports.world.dead_letters.show_hidden();
    let mut redriven = Redriven::default();
    redrive(ports, ports, &mut redriven).await;
    ports.world.count(|figures| figures.redriven += redriven.put_back as u64);
}
