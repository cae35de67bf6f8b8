//! One run of the relay: batch after batch, until nothing is due or the time is up.

use lambda_runtime::Context;
use orders::ports::{Backlog as _, PortError};
use orders::{Lease, Relay, Relayed, Timestamp};
use orders_documentdb::DocumentDb;
use orders_eventbridge::EventBridgePublisher;
use orders_sqs::SqsDeadLetters;
use orders_telemetry::{ErrorChain, RelayLine, metrics};
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
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

/// What a run came to; see [`orders::Relayed`].
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    published: usize,
    failed: usize,
    dead: usize,
    /// Dead letters that were put back.
    redriven: usize,
    /// The age of the oldest event that is left, in seconds; 0 when none is, `null` when it
    /// could not be asked for.
    oldest_age_s: Option<i64>,
    /// What went wrong; for the log.
    #[serde(skip)]
    failures: Vec<String>,
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
        let remaining = match Duration::from_millis(context.deadline).saturating_sub(since_epoch()) {
            Duration::ZERO => TIME_WITHOUT_DEADLINE,
            remaining => remaining,
        };
        let end = Instant::now() + remaining.saturating_sub(TIME_TO_REPORT);
        let mut report = Report::default();
        if timeout_at(end, self.work(request, &context.request_id, end, &mut report)).await.is_err() {
            report.failures.push("the time was up".to_owned());
        }
        match self.orders.oldest().await {
            Ok(None) => report.oldest_age_s = Some(0),
            Ok(Some(since)) => {
                report.oldest_age_s = Some((now().unix_seconds() - since.unix_seconds()).max(0));
            }
            Err(error) => report.note(&error),
        }
        metrics::relayed(report.published, report.failed, report.dead, report.oldest_age_s);
        RelayLine {
            request_id: &context.request_id,
            published: report.published,
            failed: report.failed,
            dead: report.dead,
            redriven: report.redriven,
            oldest_age_s: report.oldest_age_s,
            failures: &report.failures,
        }
        .write();
        report
    }

    async fn work(&self, request: &Request, run: &str, end: Instant, report: &mut Report) {
        if request.redrive
            && let Err(error) = self.put_back(report).await
        {
            report.note(&error);
        }
        // When what was rejected in this run is due again.
        let mut due_again = Vec::new();
        loop {
            let began = now();
            let relayed = self.batch(run, began).await;
            report.published += relayed.published;
            report.failed += relayed.failed;
            report.dead += relayed.dead;
            if let Some(error) = relayed.stopped_by {
                report.note(&error);
                return;
            }
            due_again.retain(|due_at| *due_at > began);
            due_again.extend(relayed.due_again);
            let wait = match due_again.iter().min() {
                _ if relayed.leased == OurRelay::BATCH => Duration::ZERO,
                // Nothing else is due now.
                Some(due_at) => until(*due_at),
                None => return,
            };
            if Instant::now() + wait + TIME_FOR_A_BATCH > end {
                return;
            }
            sleep(wait).await;
        }
    }

    async fn batch(&self, run: &str, now: Timestamp) -> Relayed {
        let lease = Lease { owner: run.to_owned(), now, until: now.after(self.lease) };
        let relay =
            OurRelay { store: &self.orders, publisher: &self.events, dead_letters: &self.dead_letters };
        relay.batch(&lease).await
    }

    /// Puts the dead letters back into the outboxes of their orders. One that can't be stays in
    /// the queue.
    async fn put_back(&self, report: &mut Report) -> Result<(), PortError> {
        loop {
            let letters = self.dead_letters.exhume().await?;
            if letters.is_empty() {
                return Ok(());
            }
            for letter in letters {
                let put_back = async {
                    let letter = letter?;
                    self.orders.put_back(&letter.tenant, letter.order_id, &letter.event).await?;
                    self.dead_letters.forget(&letter).await
                };
                match put_back.await {
                    Ok(()) => report.redriven += 1,
                    Err(error @ PortError::Unreadable { .. }) => report.note(&error),
                    Err(error) => return Err(error),
                }
            }
        }
    }
}

impl Report {
    fn note(&mut self, error: &PortError) {
        self.failures.push(ErrorChain(error).to_string());
    }
}

fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn now() -> Timestamp {
    i64::try_from(since_epoch().as_millis())
        .ok()
        .and_then(|millis| Timestamp::from_unix_millis(millis).ok())
        .expect("the clock shows a year before 10000")
}

fn until(then: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(then.unix_millis() - now().unix_millis()).unwrap_or(0))
}
