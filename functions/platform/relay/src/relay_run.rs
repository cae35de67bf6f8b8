//! One run of the relay: batch after batch, until nothing is due or the time is up.

use lambda_runtime::Context;
use orders_domain::ports::WaitingEvents as _;
use orders_domain::{BatchEnd, Lease, Redriven, Relay, Relayed, Timestamp, redrive};
use orders_documentdb::DocumentDb;
use orders_eventbridge::EventBridgePublisher;
use platform_sqs::SqsDeadLetters;
use platform_telemetry::{ErrorChain, RelayLine, metrics};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep, timeout_at};

/// What relaying needs.
pub(crate) struct RelayRun {
    pub(crate) orders: DocumentDb,
    pub(crate) events: EventBridgePublisher,
    pub(crate) dead_letters: SqsDeadLetters,
    pub(crate) lease: Duration,
}

/// The event of an invocation. Everything but `redrive` is ignored: a scheduler sends its own.
#[derive(Debug, Deserialize)]
pub(crate) struct Request {
    /// Whether the dead letters are put back first.
    #[serde(default)]
    redrive: bool,
}

/// What a run came to.
#[derive(Debug, Default)]
struct Run {
    relayed: Relayed,
    redriven: Redriven,
    /// What else went wrong.
    failures: Vec<String>,
}

/// What a run answers; see [`Relayed`].
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    published: usize,
    failed: usize,
    dead: usize,
    /// Dead letters that were put back.
    redriven: usize,
    /// The age of the oldest event that is left, in seconds; 0 when none is, `null` when it
    /// could not be asked for.
    oldest_age_s: Option<i64>,
}

/// No batch begins with less time than this: enough for a batch against a slow bus.
const TIME_FOR_A_BATCH: Duration = Duration::from_secs(10);
/// What is kept back for the last read and the answer.
const TIME_TO_REPORT: Duration = Duration::from_secs(4);
/// A run where the runtime sets no usable deadline (`cargo lambda watch`).
const TIME_WITHOUT_DEADLINE: Duration = Duration::from_mins(1);

type OurRelay<'a> = Relay<'a, DocumentDb, EventBridgePublisher, SqsDeadLetters>;

impl RelayRun {
    /// Relays until nothing is due, the bus is out of reach, or the time is up.
    pub(crate) async fn until_done(&self, request: &Request, context: &Context) -> Report {
        let remaining = context.deadline().duration_since(SystemTime::now()).unwrap_or(TIME_WITHOUT_DEADLINE);
        let end = Instant::now() + remaining.saturating_sub(TIME_TO_REPORT);
        let mut run = Run::default();
        if timeout_at(end, self.work(request, &context.request_id, end, &mut run)).await.is_err() {
            run.failures.push("the time was up".to_owned());
        }
        let oldest_age_s = match self.orders.oldest().await {
            Ok(oldest) => {
                Some(oldest.map_or(0, |since| (now().unix_seconds() - since.unix_seconds()).max(0)))
            }
            Err(error) => {
                run.failures.push(ErrorChain(&error).to_string());
                None
            }
        };
        let Relayed { published, failed, dead, failures, .. } = &run.relayed;
        let of_relaying = failures.iter().map(|error| ErrorChain(error).to_string());
        let of_redriving = run.redriven.failures.iter().map(|error| ErrorChain(error).to_string());
        let mut all_failures: Vec<_> = of_relaying.chain(of_redriving).chain(run.failures).collect();
        all_failures.dedup();
        let report = Report {
            published: *published,
            failed: *failed,
            dead: *dead,
            redriven: run.redriven.put_back,
            oldest_age_s,
        };
        metrics::relayed(report.published, report.failed, report.dead, oldest_age_s);
        RelayLine {
            request_id: &context.request_id,
            published: report.published,
            failed: report.failed,
            dead: report.dead,
            redriven: report.redriven,
            oldest_age_s,
            failures: &all_failures,
        }
        .write();
        report
    }

    async fn work(&self, request: &Request, owner: &str, end: Instant, run: &mut Run) {
        if request.redrive {
            redrive(&self.orders, &self.dead_letters, &mut run.redriven).await;
        }
        loop {
            let began = now();
            run.relayed.due_again.retain(|due_at| *due_at > began);
            let lease = Lease { owner: name_of_lease(owner), now: began, until: began.after(self.lease) };
            let relay =
                OurRelay { store: &self.orders, publisher: &self.events, dead_letters: &self.dead_letters };
            let batch_end = relay.batch(&lease, &mut run.relayed).await;
            // What is measured is kept a hundred times only until it is written.
            metrics::flush();
            let wait = match (batch_end, run.relayed.due_again.iter().min()) {
                (BatchEnd::Full, _) => Duration::ZERO,
                (BatchEnd::NothingElseDue, Some(due_at)) => until(*due_at),
                (BatchEnd::NothingElseDue, None) | (BatchEnd::OutOfReach, _) => return,
            };
            if Instant::now() + wait + TIME_FOR_A_BATCH > end {
                return;
            }
            sleep(wait).await;
        }
    }
}

fn now() -> Timestamp {
    Timestamp::from(SystemTime::now())
}

/// A name that no other lease has. The invocation's alone would not do: Lambda can deliver one event
/// to two instances at once.
fn name_of_lease(invocation: &str) -> String {
    format!("{invocation}:{}", uuid::Uuid::new_v4())
}

fn until(then: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(then.unix_millis() - now().unix_millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_of_a_scheduler_asks_for_nothing_and_a_wrong_wish_is_refused() {
        let redrive = |event: &str| serde_json::from_str(event).ok().map(|request: Request| request.redrive);
        for event in ["{}", r#"{"redrive":false}"#, r#"{"source":"aws.events","detail":{"redrive":true}}"#] {
            assert_eq!(redrive(event), Some(false), "{event}");
        }
        assert_eq!(redrive(r#"{"redrive":true}"#), Some(true));
        for event in [
            "",
            "null",
            r#"{"redrive":"true"}"#,
            r#"{"redrive":1}"#,
            r#"{"redrive":null}"#,
            r#"{"redrive":true,"redrive":false}"#,
            &"[".repeat(100_000),
        ] {
            assert_eq!(redrive(event), None);
        }
    }
}
