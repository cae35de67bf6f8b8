//! A batch of messages, with its log lines and metrics.

use kernel::{ErrorChain, SERVICE_NAME, Timestamp};
use metrics::Unit;
use orders_domain::ports::{
    AcceptedOrders, EventPublisher, OrderNumbers, OrderStatuses, Orders, PaymentTasks, ProcessingProgress,
    Progress, ProviderQueue, Screening, StockBatches, StockHolders, StockSettlements,
};
use orders_domain::{AcceptedKey, OrderDecision, ProcessOrders, Processed, RejectReason, Status};
use orders_sqs::read_message;
use platform_lambda::Message;
use platform_telemetry::record;
use std::time::SystemTime;

/// Decides the orders of a batch. Returns, for each message, `false` for another delivery.
pub(crate) async fn decide<A, S, F, O, N, T, E, Q>(
    process: &ProcessOrders<A, S, F, O, N, T, E, Q>,
    messages: &[Message<'_>],
) -> Vec<bool>
where
    A: AcceptedOrders + ProcessingProgress + Sync,
    S: StockBatches + StockSettlements + Sync,
    F: Screening + Sync,
    O: Orders + StockHolders + PaymentTasks + Sync,
    N: OrderNumbers + Sync,
    T: OrderStatuses + Sync,
    E: EventPublisher + Sync,
    Q: ProviderQueue + Sync,
{
    let clock = || Timestamp::from(SystemTime::now());
    note_age(&process.accepted, messages, clock()).await;
    let keys: Vec<_> = messages.iter().map(read).collect();
    let known: Vec<_> = keys.iter().flatten().cloned().collect();
    let report = match process.run(&known, clock).await {
        Ok(report) => report,
        Err(error) => {
            let error = ErrorChain(&error).to_string();
            tracing::error!(target: SERVICE_NAME, action = "process-orders", error, "no accepted order can be read");
            return vec![false; messages.len()];
        }
    };
    if let Some(error) = &report.unsettled {
        let error = ErrorChain(error).to_string();
        tracing::warn!(target: SERVICE_NAME, action = "process-orders", error, "the stock of rejected orders is left to the sweeper");
    }
    // Messages that are no orders have no result.
    let mut results = report.orders.iter();
    let is_done = |key: Option<AcceptedKey>| {
        key.is_some_and(|key| results.next().is_some_and(|it| tell(&key, it, clock())))
    };
    keys.into_iter().map(is_done).collect()
}

/// Reads a message. One that is not ours, or of a later release, is delivered again, and ends in the dead-letter queue.
fn read(message: &Message<'_>) -> Option<AcceptedKey> {
    match read_message(message.body) {
        Ok(key) => Some(key),
        Err(error) => {
            count("unreadable");
            tracing::error!(
                target: SERVICE_NAME, action = "process-orders", message_id = message.id, %error,
                "a message is not an accepted order"
            );
            None
        }
    }
}

/// Notes how long the oldest message was in the queue, for the metric `queue_age_s` and for the sweeper.
#[expect(clippy::cast_precision_loss, reason = "an age in seconds is far below 2^52")]
async fn note_age(accepted: &impl ProcessingProgress, messages: &[Message<'_>], now: Timestamp) {
    let Some(age) = messages.iter().filter_map(|message| Some(now.since(message.sent_at?))).max() else {
        return;
    };
    metrics::describe_histogram!("queue_age_s", Unit::Seconds, "Age of the oldest message of a batch");
    record(&metrics::histogram!("queue_age_s"), age.as_secs() as f64);
    if let Err(error) = accepted.note(Progress { age, at: now }).await {
        let error = ErrorChain(&error).to_string();
        tracing::warn!(target: SERVICE_NAME, action = "process-orders", error, "the age of the queue is not noted");
    }
}

/// Counts and logs the result for an order: `orders_processed_total`, `order_state_transitions_total`,
/// `time_to_decision_ms`. Returns `false` for another delivery.
fn tell(key: &AcceptedKey, processed: &Processed, now: Timestamp) -> bool {
    let (tenant, order_id) = (key.order.tenant.as_str(), tracing::field::display(key.order.id));
    match processed {
        Processed::Decided(decision) => {
            tell_decision(key, decision, now);
            true
        }
        Processed::Nothing => {
            tracing::debug!(target: SERVICE_NAME, action = "process-orders", tenant, order_id, "nothing to decide");
            true
        }
        Processed::Failed(error) => {
            count("failed");
            tracing::error!(target: SERVICE_NAME, action = "process-orders", tenant, order_id, error, "the order is not decided");
            false
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a time in milliseconds is far below 2^52")]
fn tell_decision(key: &AcceptedKey, decision: &OrderDecision, now: Timestamp) {
    let (tenant, order_id) = (key.order.tenant.as_str(), tracing::field::display(key.order.id));
    let OrderDecision { status, reason, is_new, accepted_at, left } = decision;
    let reason = reason.map(RejectReason::as_str);
    let elapsed_ms = now.since(*accepted_at).as_millis() as f64;
    if *is_new {
        count(match (status, reason) {
            (Status::Rejected, Some(reason)) => reason,
            _ => "created",
        });
        metrics::counter!("order_state_transitions_total", "from" => "NONE", "to" => status.to_string())
            .increment(1);
        metrics::describe_histogram!(
            "time_to_decision_ms",
            Unit::Milliseconds,
            "Time from the acceptance of an order to its decision"
        );
        record(&metrics::histogram!("time_to_decision_ms"), elapsed_ms);
    }
    let error = (!left.is_empty()).then(|| left.join("; "));
    tracing::info!(
        target: SERVICE_NAME, action = "process-orders", tenant, order_id, status = status.as_str(), reason, is_new, elapsed_ms, error,
        "the order is decided"
    );
}

fn count(outcome: &'static str) {
    metrics::counter!("orders_processed_total", "outcome" => outcome).increment(1);
}
