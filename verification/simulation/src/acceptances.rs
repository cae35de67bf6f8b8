//! Audit of the orders that are processed later: each is decided once, and everybody is told the same.

use crate::figures::Figures;
use crate::observation::Observation;
use crate::violation::Violation;
use crate::world::World;
use futures::FutureExt as _;
use kernel::{Timestamp, Version};
use orders_domain::ports::{OpenAcceptances as _, OrderStatuses as _, TrackedStatus};
use orders_domain::{
    AcceptedRequest, Operation, OrderId, OrderRecord, PaymentRequestId, RejectReason, Status,
};
use std::collections::BTreeMap;

/// Records by the ids of their orders.
type Records<'a> = BTreeMap<OrderId, &'a OrderRecord>;

/// Checks that every accepted order is decided, that responses and statuses tell what its document says, and that only an
/// order that is placed is charged.
pub(crate) fn audit_acceptances(
    world: &World,
    records: &[OrderRecord],
    figures: &mut Figures,
) -> Result<(), Violation> {
    let records: Records<'_> = records.iter().map(|record| (record.order().id(), record)).collect();
    let end = Timestamp::from_unix_millis(i64::MAX / 1_000_000).expect("a time");
    let open = world.claims.due(end).now_or_never().expect("at once").expect("a list");
    if !open.is_empty() {
        return Err(Violation::Undecided(format!("{open:?}")));
    }
    for (order, request) in world.accepted() {
        let record = records.get(&order).ok_or_else(|| Violation::Undecided(order.to_string()))?;
        audit_document(&request, record)?;
        count(record, figures);
    }
    for record in records.values() {
        audit_status(world, record)?;
    }
    figures.outcomes_told = audit_told(world, &records)?;
    Ok(())
}

/// Checks that the document has what was accepted, and that the payment is part of it once, unless it is rejected.
fn audit_document(request: &AcceptedRequest, record: &OrderRecord) -> Result<(), Violation> {
    let (order, requested) = (record.order(), request.at_requested_prices());
    let is_rejected = order.status() == Status::Rejected;
    let is_as_requested =
        (order.customer_id(), order.total()) == (requested.customer_id(), requested.total());
    if !is_as_requested || is_rejected != order.reject_reason().is_some() {
        return Err(Violation::WrongOrder(format!("{request:?} {record:?}")));
    }
    let charges = record.payments().requests().iter().filter(|it| it.version == Version::FIRST);
    let charges: Vec<_> =
        charges.map(|it| (&it.id, matches!(it.operation, Operation::Charge { .. }))).collect();
    let creation = PaymentRequestId::of_creation(order.id());
    let is_asked_for = request.charge().is_some() && !is_rejected;
    let expected: Vec<_> = is_asked_for.then_some((&creation, true)).into_iter().collect();
    if charges != expected || (is_rejected && !record.payments().requests().is_empty()) {
        return Err(Violation::WrongCharge(format!("{request:?} {record:?}")));
    }
    Ok(())
}

fn count(record: &OrderRecord, figures: &mut Figures) {
    figures.accepted += 1;
    *match record.order().reject_reason() {
        None => &mut figures.accepted_placed,
        Some(RejectReason::OutOfStock) => &mut figures.rejected_out_of_stock,
        Some(RejectReason::PriceChanged) => &mut figures.rejected_price_changed,
        Some(RejectReason::Fraud) => &mut figures.rejected_fraud,
        Some(RejectReason::Invalid | RejectReason::Unknown) => &mut figures.rejected_invalid,
    } += 1;
}

/// Checks that the status that readers without a token get is that of the document.
fn audit_status(world: &World, record: &OrderRecord) -> Result<(), Violation> {
    let order = record.order();
    let told = world.statuses.find(order.id()).now_or_never().expect("at once").expect("a result");
    if told.as_ref().is_some_and(|told| is_told(told, &TrackedStatus::from(order))) {
        Ok(())
    } else {
        Err(Violation::WrongStatus(format!("{told:?}, but {record:?}")))
    }
}

/// Returns `true` for the same version of an order. Its time is that of the insert, or of the request.
fn is_told(told: &TrackedStatus, status: &TrackedStatus) -> bool {
    TrackedStatus { at: status.at, ..told.clone() } == *status
}

/// Checks that all responses about an accepted order agree with its document. Returns the number of those with its outcome.
fn audit_told(world: &World, records: &Records<'_>) -> Result<u64, Violation> {
    let (mut responses, mut outcomes) = (BTreeMap::new(), 0);
    let observations = world.observations();
    for observation in &observations {
        let is_right = match observation {
            Observation::Accepted { request, order, response } => {
                let record = records.get(order);
                record.is_some_and(|record| record.order().customer_id().as_str() == request.key)
                    && responses.entry(order).or_insert(response) == &response
                    && response.starts_with(&order.to_string())
            }
            Observation::Rejected { request, reason } => {
                outcomes += 1;
                records.values().any(|record| {
                    let order = record.order();
                    order.customer_id().as_str() == request.key && order.reject_reason() == Some(*reason)
                })
            }
            // The audit of the responses looks at the order.
            Observation::Placed { order, .. } => {
                outcomes += u64::from(world.is_accepted(order.id()));
                true
            }
            Observation::ProductsRefused { is_accepted } => !is_accepted,
            Observation::StatusRead { order, known, status: Some(status) } => {
                let is_version = records.get(order).is_some_and(|record| is_version(status, record));
                is_version && Some(status.version) >= *known
            }
            Observation::StatusRead { known, status: None, .. } => known.is_none(),
            _ => true,
        };
        if !is_right {
            return Err(Violation::Contradiction(format!("{observation:?}")));
        }
    }
    Ok(outcomes)
}

/// Returns `true` for the status of an order at one of its versions.
fn is_version(status: &TrackedStatus, record: &OrderRecord) -> bool {
    let mut versions = record.history().iter().map(|step| TrackedStatus::from(&record.as_of(step)));
    versions.any(|version| is_told(status, &version))
}
