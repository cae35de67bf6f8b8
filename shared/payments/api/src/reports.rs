//! Reports of facts that people have to look at.

use kernel::SERVICE_NAME;
use payments_domain::Notification;

/// Counts and logs a fact after which the payment of its order is `MISMATCH`: `payments_mismatched_total`.
pub(crate) fn report_mismatch(notification: &Notification) {
    metrics::counter!("payments_mismatched_total").increment(1);
    let order_id = notification.subject.order.as_ref().map(tracing::field::display);
    let payment = &notification.subject.payment;
    tracing::error!(target: SERVICE_NAME, order_id, %payment, "the payment does not match its order");
}

/// Counts and logs a refund that has failed after its provider had accepted it: `payment_requests_refused_total`.
pub(crate) fn report_failed_refund(notification: &Notification) {
    metrics::counter!("payment_requests_refused_total").increment(1);
    let order_id = notification.subject.order.as_ref().map(tracing::field::display);
    let payment = &notification.subject.payment;
    tracing::error!(target: SERVICE_NAME, order_id, %payment, "a refund has failed");
}
