//! Work that the payments of an order need: compensation, capture, requests to providers, and units that come back.

use super::charge_order::left_to_pay;
use super::request_refund::refund_of_parts;
use crate::ports::{NextPaymentTasks, Orders, PaymentTasks, ProviderQueue, StockSettlements};
use crate::{
    CapturePolicy, Compensation, Operation, OrderChange, OrderRecord, PaymentAdditions, PaymentChange,
    PaymentRequestId, PlannedOperation, ProviderRequest, Refund, RefundCause, RequestKey,
};
use kernel::{Money, PortError, Timestamp, Version};
use std::time::Duration;

/// Time after which a request that is not answered is sent again for the first time. Each further time is twice as late: the
/// queue repeats what fails.
pub const RESEND_AFTER: Duration = Duration::from_mins(5);
/// Maximum time after which a request that is not answered is sent again.
const MAX_RESEND_AFTER: Duration = Duration::from_hours(1);
/// Time after which a compensation that waits for a provider or for people, or a charge that waits for another one, is
/// looked at again.
const LOOK_AGAIN_AFTER: Duration = Duration::from_hours(1);
/// Maximum number of refunds of an order, those included that nobody has asked for.
const MAX_REFUNDS: usize = 2 * Refund::MAX;

/// Work that was done for the payments of an order.
#[derive(Debug)]
pub struct AdvancedPayment {
    /// Order with the requests, whose events may have to be published.
    pub record: OrderRecord,
    /// Number of requests that were written.
    pub planned: usize,
    /// Number of requests that were sent.
    pub sent: usize,
}

/// Writes the requests that an order needs, sends those that are not answered, and puts units of refunds back on sale. Each
/// step is safe to repeat, and follows from the order as it is.
///
/// # Errors
///
/// [`PortError`]; the next call continues.
pub async fn advance_payment(
    orders: &(impl Orders + PaymentTasks),
    queue: &impl ProviderQueue,
    stock: &impl StockSettlements,
    record: OrderRecord,
    now: Timestamp,
) -> Result<AdvancedPayment, PortError> {
    let (record, planned) = write_plan(orders, record, now).await?;
    let mut sent = 0;
    for request in record.payments().unanswered() {
        queue.send(&record.order().key(), request).await?;
        sent += 1;
    }
    // Stock that does not come back must not keep the money.
    let restocked = restock(stock, &record).await;
    let next = next_tasks(&record, matches!(restocked, Ok(true)), now);
    orders.note_payment_tasks(&record.order().key(), record.order().version(), &next).await?;
    restocked.map(|_| AdvancedPayment { record, planned, sent })
}

/// Puts units of refunds back on sale. Returns `false` when others use some at this moment.
async fn restock(stock: &impl StockSettlements, record: &OrderRecord) -> Result<bool, PortError> {
    let mut is_restocked = true;
    for restock in record.restocks() {
        is_restocked &= !stock.settle(&[restock]).await?.is_empty();
    }
    Ok(is_restocked)
}

fn next_tasks(record: &OrderRecord, is_restocked: bool, now: Timestamp) -> NextPaymentTasks {
    let oldest = record.payments().unanswered().map(|request| request.at).min();
    let resend_after = oldest.map(|at| now.since(at).clamp(RESEND_AFTER, MAX_RESEND_AFTER));
    let restock_after = (!is_restocked).then_some(RESEND_AFTER);
    let charge_after = record.needs_held_charge().then_some(LOOK_AGAIN_AFTER);
    let after = [resend_after, restock_after, charge_after].into_iter().flatten().min();
    let owed = record.owed(record.order().status());
    let is_due = owed.is_some_and(|owed| record.payments().compensation(&owed) == Compensation::Due);
    let is_planned = planned(record, now).is_none();
    NextPaymentTasks {
        requests_at: after.map(|after| now.after(after)),
        is_restock_due: !is_restocked,
        compensation_at: is_due.then(|| if is_planned { now.after(LOOK_AGAIN_AFTER) } else { now }),
    }
}

/// Writes the requests that the order needs. When somebody else changes it at the same time, the next call decides.
async fn write_plan(
    orders: &impl Orders,
    record: OrderRecord,
    now: Timestamp,
) -> Result<(OrderRecord, usize), PortError> {
    let Some(added) = planned(&record, now) else { return Ok((record, 0)) };
    let count = added.requests.len();
    let Some(first) = added.requests.first() else { return Ok((record, 0)) };
    let key = RequestKey::Generated(first.id.as_key());
    let change = PaymentChange::new(&record, added, CapturePolicy::Auto, now)?;
    let change = OrderChange::of_payments(&record, change, key, now, None);
    Ok(match orders.apply(&change).await? {
        Some(written) => (written, count),
        None => (record, 0),
    })
}

/// Returns the request for the charge that has waited for the review of the order; `None` while it has to wait, and
/// while nothing is left to pay.
fn held_charge(record: &OrderRecord, version: Version, at: Timestamp) -> Option<ProviderRequest> {
    let terms = record.held_charge().filter(|_| record.needs_held_charge())?;
    let money = left_to_pay(record).filter(|_| !record.payments().awaits_charge())?;
    Some(terms.request(PaymentRequestId::of_creation(record.order().id()), money, version, at))
}

/// Returns the requests that an order needs, and nobody has made; `None` for none.
fn planned(record: &OrderRecord, at: Timestamp) -> Option<PaymentAdditions> {
    let order = record.order();
    let plan = record.payments().plan(&record.owed(order.status())?);
    let version = order.version().next();
    let mut added = PaymentAdditions::default();
    added.requests.extend(held_charge(record, version, at));
    let (mut refunds, mut number) = (Vec::new(), 0);
    for operation in plan {
        let (prefix, provider, operation) = match operation {
            PlannedOperation::Refund { provider, payment, money } => {
                refunds.push((provider, payment, money));
                continue;
            }
            PlannedOperation::Void { provider, payment } => ("vd", provider, Operation::Void { payment }),
            PlannedOperation::Capture { provider, payment, money } => {
                ("cp", provider, Operation::Capture { payment, money })
            }
        };
        let id = PaymentRequestId::of_version(prefix, order.id(), version, number);
        number += 1;
        added.requests.push(ProviderRequest { id, provider, operation, version, at });
    }
    if record.payments().refunds().len() >= MAX_REFUNDS {
        refunds.clear();
    }
    // A refund has one currency; those of others follow with the next call.
    if let Some((_, _, first)) = refunds.first() {
        let currency = first.currency();
        let parts: Vec<_> =
            refunds.into_iter().filter(|(_, _, money)| money.currency() == currency).collect();
        let sum = parts.iter().fold(0_u64, |sum, (_, _, money)| sum.saturating_add(money.minor_units()));
        let refund = Refund {
            id: PaymentRequestId::of_version("rf", order.id(), version, 0),
            cause: RefundCause::Compensation,
            money: Money::of_minor_units(sum, currency),
            reason: None,
            items: Vec::new(),
            restocks: false,
            restocked: Vec::new(),
            fingerprint: None,
            version,
            at,
        };
        let of_refund = refund_of_parts(refund, parts);
        added.requests.extend(of_refund.requests);
        added.facts = of_refund.facts;
        added.refund = of_refund.refund;
    }
    (!added.requests.is_empty()).then_some(added)
}
