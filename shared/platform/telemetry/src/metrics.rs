//! Metrics in CloudWatch's embedded metric format.

use kernel::SERVICE_NAME;
use metrics_cloudwatch_embedded::{Builder, Collector};
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
}

/// Writes the metrics since the last call to standard output, all lines at once.
pub fn flush_metrics() {
    let Some(collector) = COLLECTOR.get() else { return };
    let mut lines = Vec::new();
    if let Err(error) = collector.flush(&mut lines).and_then(|()| io::stdout().write_all(&lines)) {
        tracing::warn!(target: SERVICE_NAME, %error, "metrics could not be written");
    }
}
