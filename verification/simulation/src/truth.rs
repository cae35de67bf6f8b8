//! Whether each answer was true.

use crate::audit::Broken;
use crate::told::{Request, Told};
use orders_domain::{Change, Order, OrderId, OrderRecord, StatusChange};

/// Holds what the clients were told against what is stored in the end.
pub(crate) fn told_the_truth(all: &[Told], records: &[OrderRecord]) -> Result<(), Broken> {
    let record = |id: OrderId| {
        let found = records.iter().find(|record| record.order().id() == id);
        found.ok_or_else(|| Broken::NotStored(id.to_string()))
    };
    for told in all {
        match told {
            Told::Placed { request, order } => placed(request, order, record(order.id())?)?,
            Told::KeyReused { request } => key_was_reused(request, all)?,
            Told::Changed { change, answer } => changed(change, answer, record(change.order_id)?)?,
            Told::Read { known, version, .. } if version < known => {
                return Err(Broken::StaleRead(format!("{told:?}")));
            }
            Told::Asked { .. } | Told::Read { .. } => {}
        }
    }
    Ok(())
}

/// The order is of this request, and stored as it was answered. Since an order is only ever stored
/// once for a key and the life of a claim, equal requests were answered alike.
fn placed(request: &Request, order: &Order, record: &OrderRecord) -> Result<(), Broken> {
    let quantities: Vec<_> = order.items().iter().map(|item| u64::from(item.quantity.get())).collect();
    if order.customer_id().as_str() != request.key || quantities != [request.quantity] {
        return Err(Broken::WrongOrder(format!("{request:?} {order:?}")));
    }
    if record.as_of(&record.history()[0]) != *order {
        return Err(Broken::NotStored(format!("{order:?}, but {record:?}")));
    }
    Ok(())
}

/// Somebody else asked for something else under this key.
fn key_was_reused(request: &Request, all: &[Told]) -> Result<(), Broken> {
    let is_other = |told: &Told| match told {
        Told::Asked { request: other } => other.key == request.key && other != request,
        _ => false,
    };
    if all.iter().any(is_other) { Ok(()) } else { Err(Broken::WrongOrder(format!("{request:?}"))) }
}

/// What was answered as made was made, as it was asked for; what was refused was not.
fn changed(change: &StatusChange, answer: &Change, record: &OrderRecord) -> Result<(), Broken> {
    let made = record.history().iter().find(|step| step.key.as_ref() == Some(&change.key));
    let then = match answer {
        Change::Applied(then) => then.order(),
        Change::Replayed { then, .. } => then,
        refusal => {
            let is_wrong = match refusal {
                Change::InvalidTransition { from } => from.can_become(change.target),
                Change::VersionConflict { current } => *current == change.expected,
                Change::NotFound | Change::KeyReused => true,
                Change::Applied(_) | Change::Replayed { .. } => false,
            };
            return match made {
                Some(_) => Err(Broken::RefusedAndMade(format!("{change:?} {answer:?}"))),
                None if is_wrong => Err(Broken::WrongChange(format!("{change:?} {answer:?}"))),
                None => Ok(()),
            };
        }
    };
    let is_so = made.is_some_and(|step| {
        step.status == change.target && step.version == change.expected.next() && record.as_of(step) == *then
    });
    if is_so { Ok(()) } else { Err(Broken::WrongChange(format!("{change:?} {answer:?}, stored {made:?}"))) }
}
