//! Operator: redrives the dead letters.

use crate::ports::Ports;
use platform_outbox::{RedriveReport, redrive};

/// Requeues the events of all dead letters.
pub(crate) async fn redrive_dead_letters(ports: &Ports) {
    ports.world.dead_letters.end_visibility_timeout();
    let mut report = RedriveReport::default();
    redrive(ports, ports, &mut report).await;
    ports.world.count(|figures| figures.redriven += report.requeued as u64);
}
