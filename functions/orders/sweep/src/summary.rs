//! Summary of a sweep, in its log line, its metrics and its response.

use kernel::{ErrorChain, SERVICE_NAME};
use metrics::Unit;
use orders_domain::{OrderKey, ResendReport, SweepReport};
use platform_telemetry::record;
use serde::Serialize;

/// Response of an invocation.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    completed: usize,
    lost: usize,
    expired: usize,
    settled: usize,
    planned: usize,
    sent: usize,
    resent: usize,
    failed: usize,
    /// Null when it could not be read.
    refunds_due: Option<u64>,
    /// Null when something could not be read.
    oldest_reservation_s: Option<i64>,
    /// Null when something could not be read.
    oldest_settlement_s: Option<i64>,
    /// Null when something could not be read.
    oldest_request_s: Option<i64>,
}

/// Writes the log lines and the metrics of a sweep: `reservations_completed_total`, `reservations_lost_total`,
/// `orders_expired_total`, `stock_settled_total`, `provider_requests_planned_total`, `provider_requests_sent_total`,
/// `sweep_failures_total`, `accepted_orders_resent_total`, `refunds_due`, `accepted_order_oldest_age_s` and `provider_request_oldest_age_s` unless they are 0, and, if all could be read, the
/// age of the oldest work that is left, `sweep_oldest_age_s`.
#[expect(clippy::cast_precision_loss, reason = "an age in seconds is far below 2^52")]
pub(crate) fn report(report: &SweepReport, resent: &ResendReport, request_id: &str) -> Summary {
    let (failed, lost) = (report.failures.len() + resent.failures.len(), report.lost.len());
    for OrderKey { tenant, id } in &report.lost {
        tracing::error!(
            target: SERVICE_NAME,
            request_id, action = "sweep-orders", tenant = tenant.as_str(), order_id = %id,
            "nobody has the order of a reservation"
        );
    }
    let SweepReport {
        completed,
        expired,
        settled,
        planned,
        sent,
        refunds_due,
        oldest_reservation_s,
        oldest_settlement_s,
        oldest_request_s,
        ..
    } = *report;
    for (name, count) in [
        ("reservations_completed_total", completed),
        ("reservations_lost_total", lost),
        ("orders_expired_total", expired),
        ("stock_settled_total", settled),
        ("provider_requests_planned_total", planned),
        ("provider_requests_sent_total", sent),
        ("accepted_orders_resent_total", resent.sent),
        ("sweep_failures_total", failed),
    ] {
        // A counter is billed for each hour in which it is written.
        if count > 0 {
            metrics::counter!(name).increment(count as u64);
        }
    }
    metrics::describe_histogram!("sweep_oldest_age_s", Unit::Seconds, "Age of the oldest work that is left");
    let [oldest_reservation_s, oldest_settlement_s, oldest_request_s] =
        [oldest_reservation_s, oldest_settlement_s, oldest_request_s]
            .map(|age| (!report.is_blind).then_some(age));
    // Without an age, the alarm fires.
    if let Some(oldest) = oldest_reservation_s.max(oldest_settlement_s) {
        record(&metrics::histogram!("sweep_oldest_age_s"), oldest as f64);
    }

    // Providers answer within seconds.
    if let Some(age) = oldest_request_s.filter(|age| *age > 0) {
        metrics::describe_histogram!(
            "provider_request_oldest_age_s",
            Unit::Seconds,
            "Age of the oldest request that no provider has answered"
        );
        record(&metrics::histogram!("provider_request_oldest_age_s"), age as f64);
    }

    // Most shops have none, and a metric is billed for each hour in which it is written.
    if let Some(count) = refunds_due.filter(|count| *count > 0) {
        record(&metrics::histogram!("refunds_due"), count as f64);
    }

    record_age_of_accepted(resent);
    let error = texts_of(report, resent);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: SERVICE_NAME,
                request_id,
                action = "sweep-orders",
                completed,
                lost,
                expired,
                settled,
                planned,
                sent,
                resent = resent.sent,
                failed,
                refunds_due,
                oldest_reservation_s,
                oldest_settlement_s,
                oldest_request_s,
                error,
                "swept"
            )
        };
    }
    if failed + lost > 0 {
        line!(warn);
    } else if completed + expired + settled + planned + resent.sent > 0 {
        line!(info);
    } else {
        line!(debug);
    }
    Summary {
        completed,
        lost,
        expired,
        settled,
        planned,
        sent,
        resent: resent.sent,
        failed,
        refunds_due,
        oldest_reservation_s,
        oldest_settlement_s,
        oldest_request_s,
    }
}

/// Writes the age of the oldest accepted order that nobody has decided. They are decided within seconds, and a metric is billed
/// for each hour in which it is written.
#[expect(clippy::cast_precision_loss, reason = "an age in seconds is far below 2^52")]
fn record_age_of_accepted(resent: &ResendReport) {
    if resent.oldest_s > 0 {
        metrics::describe_histogram!(
            "accepted_order_oldest_age_s",
            Unit::Seconds,
            "Age of the oldest accepted order that nobody has decided"
        );
        record(&metrics::histogram!("accepted_order_oldest_age_s"), resent.oldest_s as f64);
    }
}

/// Returns the failures, each text once; `None` without any.
fn texts_of(report: &SweepReport, resent: &ResendReport) -> Option<String> {
    let failures = report.failures.iter().chain(&resent.failures);
    let mut failures: Vec<_> = failures.map(|error| ErrorChain(error).to_string()).collect();
    failures.sort();
    failures.dedup();
    (!failures.is_empty()).then(|| failures.join("; "))
}
