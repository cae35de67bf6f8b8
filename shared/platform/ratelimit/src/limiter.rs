//! Counters of requests in a table.

use crate::gcra::{Gcra, Next};
use crate::table::{Table, Updated};
use aws_config::SdkConfig;
use futures::future::BoxFuture;
use kernel::{BoxError, ErrorChain, PortError, Probe, SERVICE_NAME};
use platform_http::{Bucket, RateLimited, RateLimiter};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, timeout};

/// Deadline of a count, which is never retried. A request passes when the table is slower.
const TIMEOUT: Duration = Duration::from_millis(250);
/// Deadline of a probe, at the start of an instance.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// Time for which nothing is counted after a failure, so that a slow table delays few requests.
const PAUSE: Duration = Duration::from_secs(1);
/// Time for which the table keeps an item that no longer matters.
const RETENTION_S: i64 = 60;
/// Maximum number of buckets whose times an instance remembers.
const MAX_REMEMBERED: usize = 1_000;

/// Rate limiter in a DynamoDB table. Clones share their memory of the buckets.
#[derive(Clone, Debug)]
pub struct DynamoDbRateLimiter {
    table: Arc<Table>,
    memory: Arc<Mutex<Memory>>,
}

/// Knowledge of an instance. It can be old: the conditions of the updates decide.
#[derive(Debug, Default)]
struct Memory {
    tats: HashMap<String, i64>,
    paused_until: Option<Instant>,
}

impl DynamoDbRateLimiter {
    /// Creates a limiter. Sends no request: [`Probe::probe`] opens the connection.
    #[must_use]
    pub fn new(config: &SdkConfig, table: String) -> Self {
        Self { table: Arc::new(Table::new(config, table)), memory: Arc::default() }
    }

    async fn count(&self, bucket: &Bucket) -> Result<Result<(), RateLimited>, BoxError> {
        let arrival = Gcra::new(bucket.rate).arrival(now());
        let expires_at = arrival.idle_from() / 1_000_000 + RETENTION_S;
        let known = self.memory().tats.get(&bucket.key).copied();
        let mut update = arrival.update(known);
        loop {
            let found = match self.table.update(&bucket.key, update, expires_at, TIMEOUT).await? {
                Updated::To(tat) => {
                    self.memory().remember(&bucket.key, Some(tat));
                    return Ok(Ok(()));
                }
                Updated::ConditionFailed(found) => found,
            };
            self.memory().remember(&bucket.key, found);
            match arrival.after(found) {
                Next::Update(next) => update = next,
                Next::Refuse { wait } => return Ok(Err(RateLimited { wait })),
            }
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_paused(&self) -> bool {
        self.memory().paused_until.is_some_and(|end| Instant::now() < end)
    }

    /// Lets a request pass, counts that it was not counted, and pauses.
    fn pass(&self, error: &str) {
        metrics::counter!("rate_limit_unavailable_total").increment(1);
        tracing::warn!(target: SERVICE_NAME, error, "a request was not counted for its rate limit");
        self.memory().paused_until = Some(Instant::now() + PAUSE);
    }
}

impl RateLimiter for DynamoDbRateLimiter {
    fn admit<'a>(&'a self, bucket: &'a Bucket) -> BoxFuture<'a, Result<(), RateLimited>> {
        Box::pin(async move {
            if self.is_paused() {
                metrics::counter!("rate_limit_unavailable_total").increment(1);
                return Ok(());
            }
            match timeout(TIMEOUT, self.count(bucket)).await {
                Ok(Ok(outcome)) => return outcome,
                Ok(Err(error)) => self.pass(&ErrorChain(error.as_ref()).to_string()),
                Err(_elapsed) => self.pass("DynamoDB did not respond in time"),
            }
            Ok(())
        })
    }
}

impl Probe for DynamoDbRateLimiter {
    async fn probe(&self) -> Result<(), PortError> {
        let probed = self.table.probe(PROBE_TIMEOUT).await;
        probed.map_err(|source| PortError::Unavailable { dependency: "DynamoDB", source })
    }
}

impl Memory {
    fn remember(&mut self, key: &str, tat: Option<i64>) {
        if self.tats.len() >= MAX_REMEMBERED {
            self.tats.clear();
        }
        match tat {
            Some(tat) => self.tats.insert(key.to_owned(), tat),
            None => self.tats.remove(key),
        };
    }
}

/// Returns the time in microseconds since the Unix epoch.
fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
}
