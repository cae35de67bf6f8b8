//! Audit of the responses that the clients received.

use crate::observation::Observation;
use crate::request::Request;
use crate::uncorrected::uncorrected;
use crate::violation::Violation;
use kernel::Patch;
use orders_domain::{Change, ChangeRefused, Effect, Order, OrderChange, OrderId, OrderRecord};

/// Compares the observations of the clients with the records that are stored in the end.
pub(crate) fn audit_responses(
    observations: &[Observation],
    records: &[OrderRecord],
) -> Result<(), Violation> {
    let record = |id: OrderId| {
        let found = records.iter().find(|record| record.order().id() == id);
        found.ok_or_else(|| Violation::NotStored(id.to_string()))
    };
    for observation in observations {
        match observation {
            Observation::Placed { request, order } => audit_placed(request, order, record(order.id())?)?,
            Observation::KeyReused { request } => audit_key_reused(request, observations)?,
            Observation::Changed { change, response } => {
                audit_changed(change, response, record(change.order.id)?)?;
            }
            Observation::Read { known, version, .. } if version < known => {
                return Err(Violation::StaleRead(format!("{observation:?}")));
            }
            // The audits of the money and of the accepted orders look at the others.
            _ => {}
        }
    }
    Ok(())
}

/// Checks that the order matches the request, and is stored as in the response. At most one order is stored
/// per key and lifetime of a claim, so equal requests got equal responses.
fn audit_placed(request: &Request, order: &Order, record: &OrderRecord) -> Result<(), Violation> {
    let quantities: Vec<_> = order.items().iter().map(|item| u64::from(item.quantity.get())).collect();
    if order.customer_id().as_str() != request.key || quantities != [request.quantity] {
        return Err(Violation::WrongOrder(format!("{request:?} {order:?}")));
    }
    // A replay of an accepted order has later corrections.
    if uncorrected(&record.as_created()) != uncorrected(order) {
        return Err(Violation::NotStored(format!("{order:?}, but {record:?}")));
    }
    Ok(())
}

/// Checks that another request had the same key.
fn audit_key_reused(request: &Request, observations: &[Observation]) -> Result<(), Violation> {
    let is_other = |observation: &Observation| match observation {
        Observation::Requested { request: other } => other.key == request.key && other != request,
        _ => false,
    };
    if observations.iter().any(is_other) {
        Ok(())
    } else {
        Err(Violation::WrongOrder(format!("{request:?}")))
    }
}

/// Checks that a confirmed change was applied as requested, and that a refused one was not.
fn audit_changed(
    change: &OrderChange,
    response: &Result<Change, ChangeRefused>,
    record: &OrderRecord,
) -> Result<(), Violation> {
    let made = record.history().iter().find(|step| step.key.as_ref() == Some(&change.key));
    let confirmed = match response {
        Ok(Change::Applied(then)) => then.order(),
        Ok(Change::Replayed { then, .. }) => then,
        Err(refused) => {
            let is_wrong = match refused {
                ChangeRefused::InvalidTransition { from, to } => {
                    from.can_become(*to) || Some(*to) != change.target()
                }
                ChangeRefused::VersionConflict { current } => *current == change.expected,
                ChangeRefused::Closed { status } => {
                    change.target().is_some() || change.sources().contains(status)
                }
                ChangeRefused::ExternalIdTaken => !sets_external_id(change),
                // The clients make few changes, each with its own key, and no order is on hold.
                ChangeRefused::NotFound
                | ChangeRefused::KeyReused
                | ChangeRefused::TooManyCorrections
                | ChangeRefused::OnHold { .. }
                | ChangeRefused::NotOnHold => true,
            };
            return match made {
                Some(_) => Err(Violation::RefusedButMade(format!("{change:?} {response:?}"))),
                None if is_wrong => Err(Violation::WrongChange(format!("{change:?} {response:?}"))),
                None => Ok(()),
            };
        }
    };
    let is_as_requested = made.is_some_and(|step| {
        change.target().is_none_or(|target| step.status == target)
            && step.kind == change.step(step.status).kind
            && step.version == change.expected.next()
            && uncorrected(&record.as_of(step)) == uncorrected(confirmed)
    });
    // Later corrections are part of a replay.
    let is_replay = matches!(response, Ok(Change::Replayed { .. }));
    let is_as_requested = is_as_requested && (is_replay || is_corrected(change, confirmed));
    if is_as_requested {
        Ok(())
    } else {
        Err(Violation::WrongChange(format!("{change:?} {response:?}, stored {made:?}")))
    }
}

fn sets_external_id(change: &OrderChange) -> bool {
    matches!(&change.effect, Effect::Correction(correction) if matches!(correction.external_id, Patch::Set(_)))
}

/// Returns `true` when the order has the values of the correction, or when the change is no correction.
fn is_corrected(change: &OrderChange, order: &Order) -> bool {
    match &change.effect {
        Effect::Correction(correction) => correction.applied_to(order.request()) == *order.request(),
        Effect::Status(_)
        | Effect::WriteOff
        | Effect::Expiry
        | Effect::HoldExpiry
        | Effect::Review(_)
        | Effect::Payment(_) => true,
    }
}
