//! Counters of requests in a table.

use crate::gcra::{Arrival, Gcra, Next, Update};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use futures::future::BoxFuture;
use kernel::{PortError, Probe, SERVICE_NAME};
use platform_http::{Bucket, RateLimited, RateLimiter};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, timeout};

/// Deadline of a count. A request passes when the table is slower.
const TIMEOUT: Duration = Duration::from_millis(250);
/// Time for which nothing is counted after a failure, so that a slow table delays few requests.
const PAUSE: Duration = Duration::from_secs(1);
/// Time for which the table keeps an item that no longer matters.
const RETENTION_S: i64 = 60;
/// Maximum number of buckets whose times an instance remembers.
const MAX_REMEMBERED: usize = 1_000;

/// Rate limiter in a DynamoDB table. Clones share their memory of the buckets.
#[derive(Clone, Debug)]
pub struct DynamoDbRateLimiter {
    client: Client,
    table: String,
    memory: Arc<Mutex<Memory>>,
}

/// Knowledge of an instance. It can be old: the conditions of the updates decide.
#[derive(Debug, Default)]
struct Memory {
    tats: HashMap<String, i64>,
    paused_until: Option<Instant>,
}

/// Failure of an update.
enum Failure {
    /// The condition did not hold: the time that the bucket had.
    Condition(Option<i64>),
    /// The table can't be used.
    Unavailable(String),
}

impl DynamoDbRateLimiter {
    /// Creates a limiter. Sends no request: [`Probe::probe`] opens the connection.
    #[must_use]
    pub fn new(config: &SdkConfig, table: String) -> Self {
        // A retry would take longer than a request should wait.
        let config = Builder::from(config).retry_config(RetryConfig::disabled()).build();
        Self { client: Client::from_conf(config), table, memory: Arc::default() }
    }

    async fn count(&self, bucket: &Bucket) -> Result<Result<(), RateLimited>, String> {
        let arrival = Gcra::new(bucket.rate).arrival(now());
        let known = self.memory().tats.get(&bucket.key).copied();
        let mut update = arrival.update(known);
        loop {
            let found = match self.update(&bucket.key, update, &arrival).await {
                Ok(tat) => {
                    self.memory().remember(&bucket.key, Some(tat));
                    return Ok(Ok(()));
                }
                Err(Failure::Condition(found)) => found,
                Err(Failure::Unavailable(error)) => return Err(error),
            };
            self.memory().remember(&bucket.key, found);
            match arrival.after(found) {
                Next::Update(next) => update = next,
                Next::Refuse { wait } => return Ok(Err(RateLimited { wait })),
            }
        }
    }

    /// Updates the time of a bucket, and returns the new one.
    async fn update(&self, key: &str, update: Update, arrival: &Arrival) -> Result<i64, Failure> {
        let expires_at = arrival.idle_from() / 1_000_000 + RETENTION_S;
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("pk", AttributeValue::S(key.to_owned()))
            .expression_attribute_values(":expires_at", number(expires_at))
            .return_values(ReturnValue::UpdatedNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let request = match update {
            Update::Idle { now, tat } => request
                .condition_expression("attribute_not_exists(pk) OR tat <= :now")
                .update_expression("SET tat = :tat, expires_at = :expires_at")
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":tat", number(tat)),
            Update::Busy { now, latest, interval } => request
                .condition_expression("tat > :now AND tat <= :latest")
                .update_expression("SET tat = tat + :interval, expires_at = :expires_at")
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":latest", number(latest))
                .expression_attribute_values(":interval", number(interval)),
        };
        match request.send().await {
            Ok(updated) => {
                let tat = tat(updated.attributes());
                tat.ok_or_else(|| Failure::Unavailable("DynamoDB did not return the new item".to_owned()))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    Err(Failure::Condition(tat(failed.item())))
                }
                _ => Err(Failure::Unavailable(DisplayErrorContext(error).to_string())),
            },
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
                Ok(Err(error)) => self.pass(&error),
                Err(_elapsed) => self.pass("DynamoDB did not respond in time"),
            }
            Ok(())
        })
    }
}

impl Probe for DynamoDbRateLimiter {
    async fn probe(&self) -> Result<(), PortError> {
        // No bucket has this name, so the item does not exist, and the read costs half a unit.
        let get =
            self.client.get_item().table_name(&self.table).key("pk", AttributeValue::S("#probe".to_owned()));
        get.send().await.map(drop).map_err(|error| PortError::Unavailable {
            dependency: "DynamoDB",
            source: DisplayErrorContext(error).to_string().into(),
        })
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

fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn tat(item: Option<&HashMap<String, AttributeValue>>) -> Option<i64> {
    item?.get("tat")?.as_n().ok()?.parse().ok()
}
