//! Changes of an order, in the form of an update.

use crate::document::{UnreadableDocument, date, key_in_tenant, metadata_entries, pending, unreadable};
use crate::payment_document::FactDocument;
use crate::provider_request_document::ProviderRequestDocument;
use crate::refund_document::RefundDocument;
use crate::step_document::StepDocument;
use kernel::{Patch, Timestamp};
use mongodb::bson::{self, Bson, DateTime, Document, doc};
use orders_domain::{
    Compensation, Correction, Effect, Operation, OrderChange, PaymentAdditions, PaymentChange, RequestKey,
    ReviewDecision, Status, Tasks,
};
use orders_json::{AddressJson, ContactJson};
use serde::Serialize;

/// Returns the condition that no earlier attempt of the request has made the change.
pub(crate) fn without_change_of(key: &RequestKey) -> (&'static str, Document) {
    match key {
        RequestKey::Caller(key) => ("history.idempotency_key", doc! { "$ne": key.as_str() }),
        RequestKey::Generated(key) => ("history.invocation_id", doc! { "$ne": key.as_str() }),
    }
}

/// Returns the elements that a change adds to the arrays of the document: its history step, its event, and what it adds to the
/// payments.
pub(crate) fn pushed(change: &OrderChange) -> Result<Document, UnreadableDocument> {
    let step = bson::serialize_to_document(&StepDocument::of_change(change)).map_err(unreadable)?;
    let mut pushed = doc! { "history": step, "outbox": pending(&change.event())? };
    let Some(PaymentAdditions { facts, requests, refund }) = change.payment_additions() else {
        return Ok(pushed);
    };
    let version = change.expected.next();
    let facts: Vec<_> =
        facts.iter().map(|fact| FactDocument::new(fact, version, change.at)).collect::<Result<_, _>>()?;
    let requests: Vec<_> = requests.iter().map(ProviderRequestDocument::new).collect::<Result<_, _>>()?;
    let requests: Vec<_> = requests.into_iter().flatten().collect();
    let refunds: Vec<_> = refund.iter().map(RefundDocument::new).collect::<Result<_, _>>()?;
    push(&mut pushed, "payment.facts", &facts)?;
    push(&mut pushed, "provider_requests", &requests)?;
    push(&mut pushed, "refunds", &refunds)?;
    Ok(pushed)
}

fn push(pushed: &mut Document, field: &str, elements: &[impl Serialize]) -> Result<(), UnreadableDocument> {
    let elements: Vec<Bson> =
        elements.iter().map(bson::serialize_to_bson).collect::<Result<_, _>>().map_err(unreadable)?;
    if !elements.is_empty() {
        pushed.insert(field, doc! { "$each": elements });
    }
    Ok(())
}

/// Returns the operators of a change, beside those of every change. `set` has the fields that every change sets.
pub(crate) fn effect_of(change: &OrderChange, mut set: Document) -> Result<Document, UnreadableDocument> {
    let (mut unset, mut rename) = (Document::new(), Document::new());
    let mut min = doc! { "outbox_since": DateTime::now() };
    if let Some(target) = change.target() {
        set.insert("status", target.as_str());
        // Nothing happens to the fields of an order without stock: an update can't branch, but it can move what is there.
        match target {
            // What the payment needs follows from the fact itself.
            Status::Cancelled if matches!(change.effect, Effect::Payment(_)) => {
                rename.insert("stock_held", "stock_ended");
            }
            Status::Cancelled => {
                rename.insert("stock_held", "stock_ended");
                rename.insert("payment_held", "refund_due");
            }
            Status::Fulfilled => {
                rename.insert("stock_held", "stock_ended");
                rename.insert("capture_held", "payment_tasks");
            }
            Status::Paid => drop(unset.insert("stock_held.due_at", "")),
            Status::Created | Status::Rejected | Status::Unknown(_) => {}
        }
    }
    if change.ends_hold() {
        rename.insert("hold", "hold_over");
    }
    if change.ends_held_charge() {
        unset.insert("held_charge", "");
    }
    match &change.effect {
        // The money is held by the shop. With that of a provider, it can be too much: the sweeper looks at it once.
        Effect::Status(Status::Paid) => {
            set.extend(doc! { "payment_held": due_now(change.at), "refund_due": due_now(change.at) });
        }
        // The sweeper looks whether a charge has waited.
        Effect::Review(ReviewDecision::Approve) => {
            set.insert("payment_tasks", doc! { "due_at": date(change.at) });
        }
        Effect::Status(_)
        | Effect::WriteOff
        | Effect::Expiry
        | Effect::HoldExpiry
        | Effect::Review(ReviewDecision::Reject) => {}
        Effect::Payment(payment) => effect_of_payment(payment, change.at, &mut set, &mut unset, &mut min),
        Effect::Correction(correction) => {
            let Correction { shipping_address, billing_address, contact, external_id, metadata } =
                &**correction;
            let tenant = &change.order.tenant;
            let fields = [
                ("personal.shipping_address", field(shipping_address, AddressJson::from)?),
                ("personal.billing_address", field(billing_address, AddressJson::from)?),
                ("personal.contact", field(contact, ContactJson::from)?),
                ("external_id", field(external_id, ToString::to_string)?),
                ("external_key", field(external_id, |id| key_in_tenant(tenant, id))?),
                ("metadata", field(metadata, metadata_entries)?),
            ];
            for (name, field) in fields {
                match field {
                    Patch::Keep => {}
                    Patch::Remove => drop(unset.insert(name, "")),
                    Patch::Set(value) => drop(set.insert(name, value)),
                }
            }
        }
    }
    // An empty operator is an error.
    let operators = [("$set", set), ("$unset", unset), ("$rename", rename), ("$min", min)];
    let operators = operators.into_iter().filter(|(_, fields)| !fields.is_empty());
    Ok(operators.map(|(name, fields)| (name.to_owned(), fields.into())).collect())
}

fn effect_of_payment(
    payment: &PaymentChange,
    at: Timestamp,
    set: &mut Document,
    unset: &mut Document,
    min: &mut Document,
) {
    match payment.compensation {
        Compensation::Nothing => unset.extend(doc! { "payment_held": "", "refund_due": "" }),
        Compensation::Held => {
            set.insert("payment_held", due_now(at));
            unset.insert("refund_due", "");
        }
        Compensation::Due => {
            set.insert("payment_held", due_now(at));
            set.insert("refund_due.due_at", date(at));
            match payment.tasks {
                // From now on the provider has the time that it needs.
                Tasks::New => drop(set.insert("refund_due.since", date(at))),
                Tasks::Earlier | Tasks::Nothing => drop(min.insert("refund_due.since", date(at))),
            }
        }
    }
    if payment.holds_capture {
        set.insert("capture_held", due_now(at));
    } else {
        unset.insert("capture_held", "");
    }
    match payment.tasks {
        Tasks::Nothing => drop(unset.insert("payment_tasks", "")),
        Tasks::Earlier => {}
        Tasks::New => {
            let due_at = at.after(PaymentChange::SENDING_GRACE);
            set.insert("payment_tasks", doc! { "due_at": date(due_at) });
        }
    }
    if payment.restocks {
        set.insert("restock_due", doc! { "since": date(at) });
    }
    if let Some(due_at) = payment.payment_due_at {
        set.insert("stock_held.due_at", date(due_at));
    }
    for request in &payment.added.requests {
        if let Operation::Charge { token: Some(token), .. } = &request.operation {
            set.insert(format!("payment_tokens.{}", request.id), token.expose());
        }
    }
    for id in &payment.answered_charges {
        unset.insert(format!("payment_tokens.{id}"), "");
    }
}

/// Returns the mark of something that is due at once.
fn due_now(at: Timestamp) -> Document {
    doc! { "since": date(at), "due_at": date(at) }
}

fn field<'a, T, J: Serialize>(
    patch: &'a Patch<T>,
    form: impl FnOnce(&'a T) -> J,
) -> Result<Patch<Bson>, UnreadableDocument> {
    Ok(match patch {
        Patch::Keep => Patch::Keep,
        Patch::Remove => Patch::Remove,
        Patch::Set(value) => Patch::Set(bson::serialize_to_bson(&form(value)).map_err(unreadable)?),
    })
}
