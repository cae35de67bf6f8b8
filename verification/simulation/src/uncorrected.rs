//! Orders without what a correction can change, which is no part of the history.

use orders_domain::{Order, OrderParts, Personal, References};

/// Returns an order without personal data and references.
pub(crate) fn uncorrected(order: &Order) -> Order {
    let request = order.request().clone();
    let parts = OrderParts {
        id: order.id(),
        tenant: order.tenant().clone(),
        number: order.number(),
        request: request.with_personal(Personal::NONE).with_references(References::NONE),
        version: order.version(),
        status: order.status(),
        cancel_reason: order.cancel_reason(),
        reject_reason: order.reject_reason(),
        hold: order.hold(),
        payment_due_at: order.payment_due_at(),
        payment: order.payment(),
        created_at: order.created_at(),
        updated_at: order.updated_at(),
    };
    Order::restore(parts).expect("a version of an order")
}
