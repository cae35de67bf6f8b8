//! One run of the relay: batch after batch, until nothing is due or the time is up.

use crate::redrive::{RedriveReport, redrive};
use crate::relay::{BatchEnd, BatchSize, Relay};
use crate::report::RelayReport;
use crate::{DeadLetterQueue, Lease, OutboxAdmin, Publisher, RelayQueue, metrics};
use kernel::{ErrorChain, SERVICE_NAME, Timestamp};
use serde::Serialize;
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep, timeout_at};

/// Relay with everything that a run needs.
#[derive(Debug)]
pub struct RelayRun<Q, P, D> {
    /// Records with entries that are due.
    pub queue: Q,
    /// Message bus.
    pub publisher: P,
    /// Queue of entries that the bus rejects repeatedly.
    pub dead_letters: D,
    /// Duration of a lease: longer than a batch, but short, since other relays wait for it after a crash.
    pub lease_duration: Duration,
}

/// Summary of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RelaySummary {
    /// Number of entries that the bus accepted.
    pub published: usize,
    /// Number of failed attempts with entries that will be tried again.
    pub failed: usize,
    /// Number of entries sent to the dead-letter queue.
    pub dead: usize,
    /// Number of dead letters that were requeued.
    pub redriven: usize,
    /// Age of the oldest entry that is left, in seconds; 0 when none is left, `null` when the query failed.
    pub oldest_age_s: Option<i64>,
}

/// Progress of a run.
#[derive(Debug, Default)]
struct Progress {
    relay: RelayReport,
    redrive: RedriveReport,
}

/// Minimum time for another batch: enough for a batch with a slow bus.
const BATCH_MARGIN: Duration = Duration::from_secs(10);
/// Time reserved for the last query and the response.
const REPORT_MARGIN: Duration = Duration::from_secs(4);

impl<Q, P, D> RelayRun<Q, P, D>
where
    Q: RelayQueue + OutboxAdmin,
    P: Publisher<Payload = Q::Payload>,
    D: DeadLetterQueue<Payload = Q::Payload, Address = Q::Address>,
{
    /// Requeues the dead letters if `should_redrive`, then relays until nothing is due, a service is
    /// unavailable, or `remaining` has passed. `invocation_id` names the owner of the leases.
    pub async fn run(&self, should_redrive: bool, invocation_id: &str, remaining: Duration) -> RelaySummary {
        metrics::describe();
        let end = Instant::now() + remaining.saturating_sub(REPORT_MARGIN);
        let mut progress = Progress::default();
        let mut failures = Vec::new();
        let work = self.work(should_redrive, invocation_id, end, &mut progress);
        if timeout_at(end, work).await.is_err() {
            failures.push("the run has reached its deadline".to_owned());
        }
        let oldest_age_s = match self.queue.oldest().await {
            Ok(oldest) => {
                Some(oldest.map_or(0, |since| (now().unix_seconds() - since.unix_seconds()).max(0)))
            }
            Err(error) => {
                failures.push(ErrorChain(&error).to_string());
                None
            }
        };
        let Progress { relay, redrive } = &progress;
        let relay_failures = relay.failures.iter().map(|error| ErrorChain(error).to_string());
        let redrive_failures = redrive.failures.iter().map(|error| ErrorChain(error).to_string());
        let mut failures: Vec<_> = relay_failures.chain(redrive_failures).chain(failures).collect();
        failures.dedup();
        let summary = RelaySummary {
            published: relay.published,
            failed: relay.failed,
            dead: relay.dead,
            redriven: redrive.requeued,
            oldest_age_s,
        };
        metrics::relayed((summary.published, summary.failed, summary.dead), oldest_age_s);
        summary.log(invocation_id, &failures);
        summary
    }

    async fn work(&self, should_redrive: bool, invocation_id: &str, end: Instant, progress: &mut Progress) {
        if should_redrive {
            redrive(&self.queue, &self.dead_letters, &mut progress.redrive).await;
        }
        let relay =
            Relay { queue: &self.queue, publisher: &self.publisher, dead_letters: &self.dead_letters };
        let mut size = BatchSize::default();
        loop {
            let began = now();
            progress.relay.due_again.retain(|due_at| *due_at > began);
            let until = began.after(self.lease_duration);
            let lease = Lease { owner: lease_owner(invocation_id), now: began, until };
            let batch_end = relay.batch(&lease, &mut size, &mut progress.relay).await;
            let wait = match (batch_end, progress.relay.due_again.iter().min()) {
                (BatchEnd::Full, _) => Duration::ZERO,
                (BatchEnd::NothingElseDue, Some(due_at)) => until_time(*due_at),
                (BatchEnd::NothingElseDue, None) | (BatchEnd::Unavailable, _) => return,
            };
            if Instant::now() + wait + BATCH_MARGIN > end {
                return;
            }
            sleep(wait).await;
        }
    }
}

impl RelaySummary {
    /// Writes one log line: a warning after failures, at level debug when nothing happened.
    fn log(&self, request_id: &str, failures: &[String]) {
        let error = (!failures.is_empty()).then(|| failures.join("; "));
        let Self { published, failed, dead, redriven, oldest_age_s } = *self;
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: SERVICE_NAME,
                    request_id,
                    action = "relay",
                    published,
                    failed,
                    dead,
                    redriven,
                    oldest_age_s,
                    error,
                    "relayed"
                )
            };
        }
        if error.is_some() || failed + dead > 0 {
            line!(warn);
        } else if published + redriven > 0 {
            line!(info);
        } else {
            line!(debug);
        }
    }
}

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

/// Returns a unique owner. The id of the invocation is not enough: Lambda can deliver one event to two
/// instances at the same time.
fn lease_owner(invocation_id: &str) -> String {
    format!("{invocation_id}:{}", uuid::Uuid::new_v4())
}

fn until_time(then: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(then.unix_millis() - now().unix_millis()).unwrap_or(0))
}
