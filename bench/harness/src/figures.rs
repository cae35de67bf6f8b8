//! Samples, and the figures computed from them.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Durations of one kind of step, in any order.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<Duration>);

/// Percentiles of samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Percentiles {
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// All figures of one implementation in one case.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Time from exec to the first poll.
    pub(crate) init: Percentiles,
    /// Latency of the first response after the first poll.
    pub(crate) first: Percentiles,
    /// Time from exec to the first response, if an event was waiting.
    pub(crate) cold: Percentiles,
    /// Latency of a later response.
    pub(crate) latency: Percentiles,
    /// Time from a later event to the next poll.
    pub(crate) until_next_poll: Percentiles,
    /// CPU time of a later event.
    pub(crate) cpu_ms: f64,
    /// Peak memory after all invocations.
    pub(crate) peak_mb: f64,
    /// Size of the deployed zip.
    pub(crate) artifact_mb: f64,
}

impl Samples {
    /// Adds a sample.
    pub(crate) fn push(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    /// Returns the number of samples.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns the number of samples per second of `time`.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    pub(crate) fn rate(&self, time: Duration) -> f64 {
        self.0.len() as f64 / time.as_secs_f64()
    }

    /// Returns percentiles by nearest rank: each is a sample, not interpolated.
    pub(crate) fn percentiles(mut self) -> Percentiles {
        self.0.sort_unstable();
        let rank = |percent: usize| (self.0.len() * percent).div_ceil(100).max(1) - 1;
        let at = |percent| self.0.get(rank(percent)).copied().unwrap_or_default().as_secs_f64() * 1000.0;
        Percentiles { p50_ms: at(50), p99_ms: at(99) }
    }
}

impl Figures {
    /// Returns name, unit and value of every figure, in the order of reports.
    pub(crate) fn all(&self) -> [(&'static str, &'static str, f64); 13] {
        [
            ("init p50", "ms", self.init.p50_ms),
            ("init p99", "ms", self.init.p99_ms),
            ("first response p50", "ms", self.first.p50_ms),
            ("first response p99", "ms", self.first.p99_ms),
            ("init + first response p50", "ms", self.cold.p50_ms),
            ("init + first response p99", "ms", self.cold.p99_ms),
            ("warm response p50", "ms", self.latency.p50_ms),
            ("warm response p99", "ms", self.latency.p99_ms),
            ("until next poll p50", "ms", self.until_next_poll.p50_ms),
            ("until next poll p99", "ms", self.until_next_poll.p99_ms),
            ("CPU per invocation", "ms", self.cpu_ms),
            ("peak memory", "MB", self.peak_mb),
            ("zip", "MB", self.artifact_mb),
        ]
    }
}

impl FromIterator<Duration> for Samples {
    fn from_iter<I: IntoIterator<Item = Duration>>(samples: I) -> Self {
        Self(samples.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percentiles(ms: impl IntoIterator<Item = u64>) -> (f64, f64) {
        let Percentiles { p50_ms, p99_ms } =
            ms.into_iter().map(Duration::from_millis).collect::<Samples>().percentiles();
        (p50_ms, p99_ms)
    }

    #[test]
    fn percentiles_are_samples_by_nearest_rank() {
        assert_eq!(percentiles((1..=100).rev()), (50.0, 99.0));
        assert_eq!(percentiles(1..=10_000), (5_000.0, 9_900.0));
        assert_eq!(percentiles([3, 1, 2]), (2.0, 3.0));
        assert_eq!(percentiles([7]), (7.0, 7.0));
    }
}
