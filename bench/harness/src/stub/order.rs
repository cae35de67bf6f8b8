//! Order of the stubs.

use mongodb::bson::{Bson, DateTime, Decimal128, Document, doc};
use std::time::Duration;

/// Id of the order of the stubs.
pub(crate) const CANNED_ORDER_ID: &str = "019c1363-49c0-7101-8101-010101010101";

/// Returns the id, a `UUIDv7`, of the order with a number, created at a time since 1970.
pub(crate) fn order_id(n: usize, created_at: Duration) -> String {
    let millis = created_at.as_millis();
    format!("{:08x}-{:04x}-7101-8101-{n:012x}", millis >> 16, millis & 0xffff)
}

/// Returns the order at version 1, its event published, as the functions store it.
pub(crate) fn canned_order(id: &str) -> Document {
    let at = DateTime::from_millis(1_769_851_800_000);
    doc! {
        "_id": id,
        "tenant": "default",
        "customer_id": "c-1",
        "status": "CREATED",
        "version": 1_i64,
        "currency": "USD",
        "items": [{ "sku": "A1", "qty": 2_i64, "price": decimal("9.99") }],
        "amount_total": decimal("19.98"),
        "created_at": at,
        "updated_at": at,
        "history": [{ "version": 1_i64, "status": "CREATED", "at": at }],
    }
}

/// Returns the order after the change of `command`, a `findAndModify`; `None` when the command expects a
/// version other than 1.
pub(crate) fn changed_order(command: &Document) -> Option<Document> {
    let query = command.get_document("query").ok()?;
    let set = command.get_document("update").ok()?.get_document("$set").ok()?;
    if query.get_i64("version").ok()? != 1 {
        return None;
    }
    let (status, at) = (set.get_str("status").ok()?, *set.get_datetime("updated_at").ok()?);
    let mut order = canned_order(query.get_str("_id").ok()?);
    order.extend(doc! { "status": status, "version": 2_i64, "updated_at": at });
    order.get_array_mut("history").ok()?.push(doc! { "version": 2_i64, "status": status, "at": at }.into());
    // FastAPI has no outbox.
    if command.get_document("update").ok()?.get_document("$push").ok()?.contains_key("outbox") {
        order.extend(doc! { "outbox": [{ "version": 2_i64 }], "outbox_due_at": at, "outbox_since": at });
    }
    Some(order)
}

/// Returns the lease that `command`, a `findAndModify`, sets.
pub(crate) fn lease_of(command: &Document) -> Option<&Bson> {
    command.get_document("update").ok()?.get_document("$set").ok()?.get("outbox_lease")
}

/// Returns the order with an event in its outbox, due and leased.
pub(crate) fn with_event(mut order: Document, lease: &Bson) -> Document {
    let at = *order.get_datetime("created_at").expect("a time");
    order.extend(doc! { "outbox": [{ "version": 1_i64 }], "outbox_due_at": at, "outbox_since": at });
    order.insert("outbox_lease", lease.clone());
    order
}

fn decimal(text: &str) -> Decimal128 {
    text.parse().expect("a decimal number")
}
