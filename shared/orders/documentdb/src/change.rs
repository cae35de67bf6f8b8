//! Changes of an order, in the form of an update.

use crate::document::{UnreadableDocument, date, key_in_tenant, metadata_entries, pending, unreadable};
use crate::payment_document::FactDocument;
use crate::step_document::StepDocument;
use kernel::Patch;
use mongodb::bson::{self, Bson, Document, doc};
use orders_domain::{Compensation, Correction, Effect, OrderChange, RequestKey, Status};
use orders_json::{AddressJson, ContactJson};
use serde::Serialize;

/// Returns the condition that no earlier attempt of the request has made the change.
pub(crate) fn without_change_of(key: &RequestKey) -> (&'static str, Document) {
    match key {
        RequestKey::Caller(key) => ("history.idempotency_key", doc! { "$ne": key.as_str() }),
        RequestKey::Generated(key) => ("history.invocation_id", doc! { "$ne": key.as_str() }),
    }
}

/// Returns the elements that a change adds to the arrays of the document: its history step, its event, and its fact.
pub(crate) fn pushed(change: &OrderChange) -> Result<Document, UnreadableDocument> {
    let step = bson::serialize_to_document(&StepDocument::of_change(change)).map_err(unreadable)?;
    let mut pushed = doc! { "history": step, "outbox": pending(&change.event())? };
    if let Effect::Payment(payment) = &change.effect {
        let fact = FactDocument::of_change(payment, change.expected.next(), change.at)?;
        pushed.insert("payment.facts", bson::serialize_to_document(&fact).map_err(unreadable)?);
    }
    Ok(pushed)
}

/// Returns the operators of a change, beside those of every change. `set` has the fields that every change sets.
pub(crate) fn effect_of(change: &OrderChange, mut set: Document) -> Result<Document, UnreadableDocument> {
    let (mut unset, mut rename) = (Document::new(), Document::new());
    if let Some(target) = change.target() {
        set.insert("status", target.as_str());
        // Nothing happens to the fields of an order without stock: an update can't branch, but it can move what is there.
        match target {
            Status::Cancelled => {
                rename.insert("stock_held", "stock_ended");
                rename.insert("payment_held", "refund_due");
            }
            Status::Fulfilled => drop(rename.insert("stock_held", "stock_ended")),
            Status::Paid => drop(unset.insert("stock_held.due_at", "")),
            Status::Created | Status::Unknown(_) => {}
        }
    }
    match &change.effect {
        Effect::Status(_) | Effect::WriteOff | Effect::Expiry => {}
        Effect::Payment(payment) => {
            let since = doc! { "since": date(change.at) };
            match payment.compensation {
                Compensation::Nothing => unset.extend(doc! { "payment_held": "", "refund_due": "" }),
                Compensation::Held => {
                    set.insert("payment_held", since);
                    unset.insert("refund_due", "");
                }
                Compensation::Due => set.extend(doc! { "payment_held": since.clone(), "refund_due": since }),
            }
        }
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
    let operators = [("$set", set), ("$unset", unset), ("$rename", rename)];
    let operators = operators.into_iter().filter(|(_, fields)| !fields.is_empty());
    Ok(operators.map(|(name, fields)| (name.to_owned(), fields.into())).collect())
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
