//! Recording of a fact about a payment: the order's document decides what follows from it.

use crate::ports::Orders;
use crate::{
    Effect, OrderChange, OrderKey, OrderRecord, Owed, PaymentChange, PaymentFact, Payments, RequestKey,
    Status,
};
use kernel::{PortError, Timestamp, Traceparent};

/// Maximum number of attempts while others change the order. Each knows the order better.
const MAX_ATTEMPTS: usize = 5;

/// Outcome of [`record_payment_fact`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactRecorded {
    /// The fact is new; the record has an event to publish.
    Recorded(Box<OrderRecord>),
    /// The order knows it already. Its outbox may not be empty yet.
    Known(Box<OrderRecord>),
    /// The tenant has no such order.
    NoOrder,
}

/// Adds a fact to an order, by one read and one conditional write.
///
/// - Captured in full while `CREATED`: the order is `PAID`.
/// - Money for a cancelled order, or beyond the total, is due to go back.
/// - Anything else is kept, and shows in the payment of the order.
///
/// # Errors
///
/// [`PortError`]: a store failed, others change the order all the time, or the order has too many facts. The provider sends
/// the fact again.
pub async fn record_payment_fact(
    orders: &impl Orders,
    order: &OrderKey,
    fact: &PaymentFact,
    request: &RequestKey,
    at: Timestamp,
    traceparent: Option<&Traceparent>,
) -> Result<FactRecorded, PortError> {
    for _ in 0..MAX_ATTEMPTS {
        let Some(record) = orders.find(order).await? else {
            return Ok(FactRecorded::NoOrder);
        };
        let Some(payments) = record.payments_with(fact, at) else {
            return Ok(FactRecorded::Known(Box::new(record)));
        };
        let change = OrderChange {
            order: order.clone(),
            customer: None,
            expected: record.order().version(),
            effect: Effect::Payment(Box::new(effect_of(&record, fact, &payments)?)),
            key: request.clone(),
            at,
            traceparent: traceparent.cloned(),
        };
        if let Some(record) = orders.apply(&change).await? {
            return Ok(FactRecorded::Recorded(Box::new(record)));
        }
    }
    Err(PortError::Unavailable { dependency: "the orders", source: "others change the order".into() })
}

/// Returns what follows from a fact that is new to an order.
fn effect_of(
    record: &OrderRecord,
    fact: &PaymentFact,
    payments: &Payments,
) -> Result<PaymentChange, PortError> {
    let unreadable = |reason: &str| PortError::Unreadable { dependency: "the orders", source: reason.into() };
    if payments.facts().len() > Payments::MAX {
        return Err(unreadable("the order has too many facts about its payment"));
    }
    let from = record.order().status();
    let owed = record.owed(from).ok_or_else(|| unreadable("the total of the order is no money"))?;
    let is_paid = from == Status::Created && payments.cover_total(&owed);
    let target = is_paid.then_some(Status::Paid);
    let owed = Owed { status: target.unwrap_or(from), ..owed };
    Ok(PaymentChange { fact: fact.clone(), from, target, compensation: payments.compensation(&owed) })
}
