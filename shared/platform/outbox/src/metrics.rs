//! Metrics of the outbox, by the names that dashboards and alarms use.

use metrics::Unit;
use platform_telemetry::record;

/// Describes the metrics that have units.
pub(crate) fn describe() {
    metrics::describe_histogram!("outbox_oldest_age_s", Unit::Seconds, "Age of the oldest unpublished event");
}

/// Counts entries that the bus has accepted: `events_published_total`.
pub(crate) fn published(count: usize) {
    metrics::counter!("events_published_total").increment(count as u64);
}

/// Counts a run of the relay: `events_published_total`, `events_failed_total`, `events_dead_total`, and
/// the age of the oldest entry that is left, `outbox_oldest_age_s`.
#[expect(clippy::cast_precision_loss, reason = "an age in seconds is far below 2^52")]
pub(crate) fn relayed(counts: (usize, usize, usize), oldest_age_s: Option<i64>) {
    let (accepted, failed, dead) = counts;
    published(accepted);
    metrics::counter!("events_failed_total").increment(failed as u64);
    metrics::counter!("events_dead_total").increment(dead as u64);
    if let Some(age) = oldest_age_s {
        // A gauge would be written with every later flush too, even when its value is unknown.
        record(&metrics::histogram!("outbox_oldest_age_s"), age as f64);
    }
}
