//! Recording of a fact about a payment: the order's document decides what follows from it.

use super::payment_change::{MAX_ATTEMPTS, contended};
use crate::ports::Orders;
use crate::{
    CapturePolicy, OrderChange, OrderKey, OrderRecord, PaymentAdditions, PaymentChange, PaymentFact,
    RequestKey,
};
use kernel::{PortError, Timestamp, Traceparent};

/// Command to record a fact.
#[derive(Clone, Copy, Debug)]
pub struct RecordPaymentFact<'a> {
    /// Order that the fact is about.
    pub order: &'a OrderKey,
    /// Fact.
    pub fact: &'a PaymentFact,
    /// Time at which providers take money that is set aside.
    pub capture: CapturePolicy,
    /// Key of the request that brought the fact.
    pub request: &'a RequestKey,
    /// Time of its arrival.
    pub at: Timestamp,
    /// Trace context of the request.
    pub traceparent: Option<&'a Traceparent>,
}

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
/// - The total is taken while `CREATED`, or set aside if the fulfilment takes it: the order is `PAID`.
/// - Money for a cancelled order, or beyond the total, is due to go back.
/// - Anything else is kept, and shows in the payment of the order.
///
/// # Errors
///
/// [`PortError`]: a store failed, others change the order all the time, or the order has too many facts. The provider sends
/// the fact again.
pub async fn record_payment_fact(
    orders: &impl Orders,
    command: &RecordPaymentFact<'_>,
) -> Result<FactRecorded, PortError> {
    let RecordPaymentFact { order, fact, capture, request, at, traceparent } = *command;
    for _ in 0..MAX_ATTEMPTS {
        let Some(record) = orders.find(order).await? else {
            return Ok(FactRecorded::NoOrder);
        };
        if record.payments().cover(fact) {
            return Ok(FactRecorded::Known(Box::new(record)));
        }
        let added = PaymentAdditions { facts: vec![fact.clone()], ..PaymentAdditions::default() };
        let change = PaymentChange::new(&record, added, capture, at)?;
        let change = OrderChange::of_payments(&record, change, request.clone(), at, traceparent);
        if let Some(record) = orders.apply(&change).await? {
            return Ok(FactRecorded::Recorded(Box::new(record)));
        }
    }
    Err(contended())
}
