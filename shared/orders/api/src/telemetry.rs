//! Log lines and metrics of the orders.

use kernel::{ErrorChain, SERVICE_NAME};
use orders_domain::ports::PublishOutcome;
use orders_domain::{OrderId, Status, UnreadableOrder};
use tracing::Span;

/// Adds the order to all further lines of the request.
pub(crate) fn record_order(id: OrderId) {
    Span::current().record("order_id", tracing::field::display(id));
}

/// Counts a request with an idempotency key: `idempotency_hits_total`.
pub(crate) fn count_idempotency(is_replay: bool) {
    let result = if is_replay { "hit" } else { "miss" };
    metrics::counter!("idempotency_hits_total", "result" => result).increment(1);
}

/// Counts an order that was refused for its products: `orders_refused_total`.
pub(crate) fn count_refusal(reason: &'static str) {
    metrics::counter!("orders_refused_total", "reason" => reason).increment(1);
}

/// Counts a state change, the creation included: `order_state_transitions_total`.
pub(crate) fn count_transition(from: Option<Status>, to: Status) {
    metrics::counter!(
        "order_state_transitions_total",
        "from" => from.map_or_else(|| "NONE".to_owned(), |status| status.to_string()), "to" => to.to_string()
    )
    .increment(1);
}

/// Logs and counts the orders that a page leaves out: `orders_unreadable_total`.
pub(crate) fn report_unreadable(orders: &[UnreadableOrder]) {
    for UnreadableOrder { id, reason } in orders {
        let (order_id, error) = (id.map(tracing::field::display), ErrorChain(reason.as_ref()).to_string());
        tracing::error!(target: SERVICE_NAME, order_id, error, "an order is unreadable");
        metrics::counter!("orders_unreadable_total").increment(1);
    }
}

/// Logs a failure that left an accepted order to the sweeper.
pub(crate) fn log_unsent(error: &ErrorChain<'_>) {
    tracing::warn!(target: SERVICE_NAME, error = %error, "the accepted order is left to the sweeper");
}

/// Logs a failure that left events in the outbox.
pub(crate) fn log_unpublished(outcome: &PublishOutcome) {
    if let Some(failure) = &outcome.failure {
        let error = ErrorChain(failure.as_ref()).to_string();
        tracing::warn!(target: SERVICE_NAME, error, "events are left in the outbox");
    }
}

/// Logs a failure that left the stock of an order to the sweeper.
pub(crate) fn log_unsettled(error: &ErrorChain<'_>) {
    tracing::warn!(target: SERVICE_NAME, error = %error, "the stock of the order is left to the sweeper");
}

/// Logs a failure that left the payments of an order to the sweeper.
pub(crate) fn log_unadvanced(error: &ErrorChain<'_>) {
    tracing::warn!(target: SERVICE_NAME, error = %error, "the payments of the order are left to the sweeper");
}

/// Logs a failure that left a reservation open.
pub(crate) fn log_open_reservation(error: &ErrorChain<'_>) {
    tracing::warn!(target: SERVICE_NAME, error = %error, "the reservation is left to the sweeper");
}
