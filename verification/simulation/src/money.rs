//! Audit of the money: compares the ledger of the provider with what the orders say and owe, and the responses about refunds
//! and charges with the requests that the orders have.

use crate::ledger::{Ledger, LedgerPayment};
use crate::observation::Observation;
use crate::provider::owed as owed_by;
use crate::violation::Violation;
use crate::world::World;
use orders_domain::{
    ChargeOrder, Operation, OrderId, OrderRecord, PaymentReference, PaymentRequestId, PaymentStatus,
    ProviderRequest, Refund, RefundCause, RequestRefund, RequestStatus, Status,
};
use std::collections::BTreeSet;

/// Returns `true` when an order needs something from a provider, or its stock waits for the units of a refund.
pub(crate) fn is_money_open(world: &World) -> bool {
    world.orders.records().iter().any(|record| open_work(record).is_some())
}

/// Returns what the payments of an order still need.
fn open_work(record: &OrderRecord) -> Option<&'static str> {
    let payments = record.payments();
    let owed = record.owed(record.order().status())?;
    if payments.unanswered().next().is_some() {
        Some("a request is not answered")
    } else if !payments.plan(&owed).is_empty() {
        Some("a request was not made")
    } else if record.is_restock_due() {
        Some("units of a refund have not come back")
    } else {
        None
    }
}

/// Checks that the order has the refunds and charges that responses confirm, each once.
pub(crate) fn audit_requests(observations: &[Observation], records: &[OrderRecord]) -> Result<(), Violation> {
    for observation in observations {
        let is_right = match observation {
            Observation::Refunded { command, refund } => is_refund_of(command, refund, records),
            Observation::Charged { command, request } => is_charge_of(command, request, records),
            Observation::RefundKeyReused { command } => observations.iter().any(|other| match other {
                Observation::RefundAsked { command: other } => is_another_with_the_key(other, command),
                _ => false,
            }),
            _ => true,
        };
        if !is_right {
            return Err(Violation::WrongRequest(format!("{observation:?}")));
        }
    }
    Ok(())
}

fn is_another_with_the_key(one: &RequestRefund, other: &RequestRefund) -> bool {
    let body = |it: &RequestRefund| (it.amount, it.items.clone(), it.restocks);
    (&one.order, &one.key) == (&other.order, &other.key) && body(one) != body(other)
}

fn record_of(records: &[OrderRecord], id: OrderId) -> Option<&OrderRecord> {
    records.iter().find(|record| record.order().id() == id)
}

/// Returns `true` when an order has the refund of a response once, its requests have its amount, and the key has no other one.
fn is_refund_of(command: &RequestRefund, refund: &Refund, records: &[OrderRecord]) -> bool {
    let Some(record) = record_of(records, command.order.id) else { return false };
    let stored: Vec<_> = record.payments().refunds().iter().filter(|it| it.id == refund.id).collect();
    let parts = record.payments().requests().iter().filter_map(|request| match &request.operation {
        Operation::Refund { refund: id, money, .. } if *id == refund.id => Some(money.minor_units()),
        _ => None,
    });
    let is_as_asked = command.amount.is_none_or(|it| refund.money.to_string().starts_with(&it.to_string()))
        && command.restocks == refund.restocks
        && (command.items.is_empty() || command.items == refund.items);
    stored == [refund]
        && is_as_asked
        && refund.id == PaymentRequestId::of_key("rf", command.order.id, &command.key)
        && parts.sum::<u64>() == refund.money.minor_units()
}

/// Returns `true` when an order has the charge of a response once, and the key has no other one.
fn is_charge_of(command: &ChargeOrder, charge: &ProviderRequest, records: &[OrderRecord]) -> bool {
    let Some(record) = record_of(records, command.order.id) else { return false };
    let amount = |request: &ProviderRequest| match &request.operation {
        Operation::Charge { money, is_captured, .. } => Some((*money, *is_captured)),
        _ => None,
    };
    let stored = record.payments().requests().iter().filter(|it| it.id == charge.id);
    let stored: Vec<_> = stored.map(amount).collect();
    let is_as_asked = amount(charge).is_some_and(|(_, is_captured)| is_captured == command.terms.is_captured);
    stored == [amount(charge)]
        && is_as_asked
        && charge.id == PaymentRequestId::of_key("ch", command.order.id, &command.key)
}

/// Checks that all requests were answered, that the orders know the money at the provider, and that it is what they owe.
pub(crate) fn audit_ledger(ledger: &Ledger, records: &[OrderRecord]) -> Result<(), Violation> {
    for record in records {
        if let Some(reason) = open_work(record) {
            return Err(Violation::OpenRequest(format!("{reason}: {record:?}")));
        }
    }
    let requests = records.iter().flat_map(|record| record.payments().requests());
    let known: BTreeSet<_> = requests.map(|request| &request.id).collect();
    if let Some(id) = ledger.answered().find(|id| !known.contains(id)) {
        return Err(Violation::WrongLedger(format!("no order has the request {id}")));
    }
    for (reference, payment) in ledger.payments() {
        let record = record_of(records, payment.order);
        let record =
            record.ok_or_else(|| Violation::WrongLedger(format!("no order: {reference} {payment:?}")))?;
        audit_payment(reference, payment, record)?;
    }
    for (request, payment) in ledger.exceeding() {
        // The system can't know what people have just given back.
        if payment.by_dashboard == 0 {
            return Err(Violation::ExcessiveRefund(format!("{request}: {payment:?}")));
        }
    }
    records.iter().try_for_each(|record| audit_order(ledger, record))
}

/// Checks that the provider has given back what it was asked for, and that a cancelled order has no money set aside.
fn audit_payment(
    reference: &PaymentReference,
    payment: &LedgerPayment,
    record: &OrderRecord,
) -> Result<(), Violation> {
    let payments = record.payments();
    let asked_for: u64 = payments
        .requests()
        .iter()
        .filter_map(|request| match &request.operation {
            Operation::Refund { payment: of, money, .. } if of == reference => {
                (payments.status_of(request) == RequestStatus::Done).then(|| money.minor_units())
            }
            _ => None,
        })
        .sum();
    let detail = || format!("{reference} {payment:?} of {record:?}");
    if payment.refunded > asked_for + payment.by_dashboard {
        return Err(Violation::GivenBackTwice(detail()));
    }
    let is_void_refused = payments.requests().iter().any(|request| {
        matches!(&request.operation, Operation::Void { payment: of } if of == reference)
            && payments.status_of(request) == RequestStatus::Failed
    });
    let is_left_open = record.order().status() == Status::Cancelled && payment.is_open() && !is_void_refused;
    if payment.refunded != asked_for + payment.by_dashboard || is_left_open {
        return Err(Violation::WrongLedger(detail()));
    }
    Ok(())
}

/// Checks that an order knows the money at the provider, and that the shop has no more than it is owed unless the provider has
/// refused to give it back.
fn audit_order(ledger: &Ledger, record: &OrderRecord) -> Result<(), Violation> {
    let order = record.order();
    let wrong = |reason: &str| Err(Violation::WrongLedger(format!("{reason}: {record:?}")));
    let of_order = || ledger.payments().map(|(_, it)| it).filter(|it| it.order == order.id());
    let sum = |units: fn(&LedgerPayment) -> u64| of_order().map(units).sum::<u64>();
    let (captured, refunded) = (sum(|it| it.captured), sum(|it| it.refunded));
    let Some(owed) = record.owed(order.status()) else { return wrong("no total") };
    let total = owed.total.minor_units();
    let known = order.payment().map_or((0, 0), |it| (it.captured.minor_units(), it.refunded.minor_units()));
    // Money by other means is not at the provider.
    let by_hand = known.0.checked_sub(captured).zip(known.1.checked_sub(refunded));
    let by_hand = by_hand.filter(|(taken, back)| back <= taken && *taken <= total);
    match by_hand {
        Some((0, 0)) => {}
        Some(_) if owed.paid_by_hand_at.is_some() => {}
        _ => return wrong("the order does not know the money"),
    }
    let is_refused = |refund: &Refund| {
        let is_part = |request: &&ProviderRequest| matches!(&request.operation, Operation::Refund { refund: id, .. } if *id == refund.id);
        let mut parts = record.payments().requests().iter().filter(is_part);
        refund.cause == RefundCause::Compensation
            && parts.any(|part| record.payments().status_of(part) == RequestStatus::Failed)
    };
    let kept = known.0 - known.1;
    let is_due = order.payment().is_some_and(|it| it.status == PaymentStatus::RefundDue);
    let is_explained = is_due && record.payments().refunds().iter().any(is_refused);
    if kept > owed_by(record, total).1 && !is_explained {
        return wrong("nobody owes the money");
    }
    Ok(())
}
