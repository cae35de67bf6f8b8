//! Indexes of the collection. The function `migrate` creates them, never a request.

use crate::OrderCollection;
use crate::collection::orders;
use kernel::PortError;
use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use orders_domain::{OrderQuery, Sort};
use platform_mongodb::unavailable;
use std::time::{Duration, Instant};

/// Deadline for building all indexes on many orders; below the timeout of the function.
const BUILD_TIMEOUT: Duration = Duration::from_secs(50);

/// Kind of an index.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// All documents.
    Full,
    /// Documents that have the field.
    Sparse,
    /// Documents that have the field, with a value that no other one has.
    SparseAndUnique,
}

/// Name, keys and kind of each index.
fn indexes() -> [(&'static str, Document, Kind); 16] {
    [
        ("by_tenant", keys(false, false), Kind::Full),
        ("by_customer", keys(true, false), Kind::Full),
        ("by_status", keys(false, true), Kind::Full),
        ("by_customer_and_status", keys(true, true), Kind::Full),
        ("by_update", update_keys(false), Kind::Full),
        ("by_customer_and_update", update_keys(true), Kind::Full),
        ("by_external_id", doc! { "external_key": 1 }, Kind::SparseAndUnique),
        ("by_number", doc! { "number_key": 1 }, Kind::SparseAndUnique),
        ("by_payment", doc! { "payment.keys": 1 }, Kind::Sparse),
        // Only orders with events to publish have these fields.
        ("outbox_due", doc! { "outbox_due_at": 1 }, Kind::Sparse),
        ("outbox_since", doc! { "outbox_since": 1 }, Kind::Sparse),
        // Only orders with products of the catalog have these, until they are paid, or their stock is settled.
        ("payment_due", doc! { "stock_held.due_at": 1 }, Kind::Sparse),
        ("stock_ended", doc! { "stock_ended.since": 1 }, Kind::Sparse),
        // Only orders on hold have this.
        ("hold_due", doc! { "hold.until": 1 }, Kind::Sparse),
        // Only orders whose money has to go back have this.
        ("refund_due", doc! { "refund_due.since": 1 }, Kind::Sparse),
        // Only orders whose requests to providers are not answered have this, or whose refunds bring back units.
        ("payment_tasks", doc! { "payment_tasks.due_at": 1 }, Kind::Sparse),
    ]
}

/// Returns the keys of the index in which the orders of a query are adjacent, in its sequence. Ids sort by time of
/// creation.
pub(crate) fn listing_keys(query: &OrderQuery) -> Document {
    let of_customer = query.customer_id.is_some();
    match query.sort {
        Sort::Created => keys(of_customer, query.status.is_some()),
        Sort::Updated => update_keys(of_customer),
    }
}

fn update_keys(of_customer: bool) -> Document {
    let mut keys = doc! { "tenant": 1 };
    keys.extend(of_customer.then(|| ("customer_id".to_owned(), 1.into())));
    keys.extend(doc! { "updated_at": 1, "_id": 1 });
    keys
}

fn keys(of_customer: bool, of_status: bool) -> Document {
    let mut keys = doc! { "tenant": 1 };
    keys.extend(of_customer.then(|| ("customer_id".to_owned(), 1.into())));
    keys.extend(of_status.then(|| ("status".to_owned(), 1.into())));
    keys.insert("_id", -1);
    keys
}

impl OrderCollection {
    /// Creates the indexes that don't exist yet; idempotent. Returns their names.
    ///
    /// Builds them in the background, which does not block writes, and each by a command of its own: DocumentDB
    /// otherwise locks the collection, and builds only one index of a collection at a time (Amazon DocumentDB
    /// developer guide, "Managing indexes").
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when DocumentDB can't be reached, rejects a command, for example because an
    /// index of that name has other keys, or takes too long. The next call continues.
    pub async fn create_indexes(&self) -> Result<Vec<String>, PortError> {
        let end = Instant::now() + BUILD_TIMEOUT;
        let mut names = Vec::new();
        for (name, keys, kind) in indexes() {
            let mut options = IndexOptions::builder()
                .name(name.to_owned())
                .sparse((kind != Kind::Full).then_some(true))
                .unique((kind == Kind::SparseAndUnique).then_some(true))
                .build();
            #[expect(deprecated, reason = "without effect in MongoDB since 4.2, but not in DocumentDB")]
            {
                options.background = Some(true);
            }
            let model = IndexModel::builder().keys(keys).options(options).build();
            let remaining = end.saturating_duration_since(Instant::now());
            let created = self
                .database
                .run_repeatable_within(remaining, "create_index", async |database| {
                    orders(&database).create_index(model.clone()).await
                })
                .await
                .map_err(unavailable)?;
            names.push(created.index_name);
        }
        Ok(names)
    }
}
