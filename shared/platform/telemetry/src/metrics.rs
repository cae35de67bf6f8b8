//! Metrics, by the names that dashboards and alarms know. Each call of [`flush`] writes what
//! was counted since the last one.

use metrics::Unit;
use metrics_cloudwatch_embedded::{Builder, Collector};
use orders_domain::Status;
use std::io::{self, Write as _};
use std::sync::OnceLock;

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();

pub(crate) fn init(namespace: String) {
    COLLECTOR.get_or_init(|| {
        Builder::new()
            .cloudwatch_namespace(namespace)
            .init()
            .expect("no other metrics recorder is installed in this process")
    });
    metrics::describe_histogram!("outbox_oldest_age_s", Unit::Seconds, "Age of the oldest unpublished event");
    metrics::describe_histogram!("mongo_ops_latency_ms", Unit::Milliseconds, "One operation of DocumentDB");
}

/// Writes the metrics of an invocation to standard output, all lines at once.
pub fn flush() {
    let Some(collector) = COLLECTOR.get() else { return };
    let mut lines = Vec::new();
    if let Err(error) = collector.flush(&mut lines).and_then(|()| io::stdout().write_all(&lines)) {
        tracing::warn!(target: "orders", %error, "metrics could not be written");
    }
}

/// One more answer: `http_requests_total`; and `http_server_errors_total` when it is 5xx, by which
/// alarms know a function that fails.
pub(crate) fn http_request(action: &'static str, method: &str, path: &str, status: u16) {
    if status >= 500 {
        metrics::counter!("http_server_errors_total", "action" => action).increment(1);
    }
    metrics::counter!(
        "http_requests_total",
        "method" => known(method), "path" => path.to_owned(), "status" => status.to_string()
    )
    .increment(1);
}

/// The method, unless a caller made it up: each value is a metric that is paid for.
fn known(method: &str) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("OTHER")
}

/// One more state change, creation included: `order_state_transitions_total`.
pub fn state_transition(from: Option<Status>, to: Status) {
    metrics::counter!(
        "order_state_transitions_total",
        "from" => from.map_or("NONE", Status::as_str), "to" => to.as_str()
    )
    .increment(1);
}

/// One more request with an idempotency key: `idempotency_hits_total`.
pub fn idempotency(hit: bool) {
    metrics::counter!("idempotency_hits_total", "result" => if hit { "hit" } else { "miss" }).increment(1);
}

/// A run of the relay: `events_published_total`, `events_failed_total`, `events_dead_total`, and
/// the age of the oldest event that is left, `outbox_oldest_age_s`.
#[expect(clippy::cast_precision_loss, reason = "an age in seconds is far below 2^52")]
pub fn relayed(published: usize, failed: usize, dead: usize, oldest_age_s: Option<i64>) {
    events_published(published);
    metrics::counter!("events_failed_total").increment(failed as u64);
    metrics::counter!("events_dead_total").increment(dead as u64);
    if let Some(age) = oldest_age_s {
        // No gauge: one would be written with every later flush too, also when nobody could ask.
        metrics::histogram!("outbox_oldest_age_s").record(age as f64);
    }
}

/// Events that the bus accepted: `events_published_total`.
pub(crate) fn events_published(count: usize) {
    metrics::counter!("events_published_total").increment(count as u64);
}
