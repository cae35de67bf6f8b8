//! Metrics in CloudWatch's embedded metric format.

use kernel::SERVICE_NAME;
use metrics::Histogram;
use metrics_cloudwatch_embedded::{Builder, Collector};
use std::io::{self, Write as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();

/// Maximum number of values of a histogram in one line (CloudWatch user guide, "Embedded metric format
/// specification").
const MAX_VALUES: usize = 100;

/// Values of all histograms since the last line.
static UNWRITTEN_VALUES: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn init(namespace: String) {
    COLLECTOR.get_or_init(|| {
        Builder::new()
            .cloudwatch_namespace(namespace)
            .init()
            .expect("no other metrics recorder is installed in this process")
    });
}

/// Records a value of a histogram. Writes the metrics so far when a line may be full.
pub fn record(histogram: &Histogram, value: f64) {
    if UNWRITTEN_VALUES.load(Ordering::Relaxed) >= MAX_VALUES {
        flush_metrics();
    }
    UNWRITTEN_VALUES.fetch_add(1, Ordering::Relaxed);
    histogram.record(value);
}

/// Writes the metrics since the last call to standard output, all lines at once.
pub fn flush_metrics() {
    let Some(collector) = COLLECTOR.get() else { return };
    UNWRITTEN_VALUES.store(0, Ordering::Relaxed);
    let mut lines = Vec::new();
    if let Err(error) = collector.flush(&mut lines).and_then(|()| io::stdout().write_all(&lines)) {
        tracing::warn!(target: SERVICE_NAME, %error, "metrics could not be written");
    }
}
