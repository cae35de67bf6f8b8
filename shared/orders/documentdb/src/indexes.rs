//! The indexes of the collection. Made by `migrate`, never by a request.

use crate::DocumentDb;
use crate::error::unavailable;
use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;
use orders_domain::OrderQuery;
use orders_domain::ports::PortError;
use std::time::Duration;

/// A new index on many orders; below the timeout of the function that makes them.
const BUILDING_TIMEOUT: Duration = Duration::from_secs(50);

/// Name, keys, and whether only documents that have the key are in it.
fn indexes() -> [(&'static str, Document, bool); 6] {
    [
        ("by_tenant", keys(false, false), false),
        ("by_customer", keys(true, false), false),
        ("by_status", keys(false, true), false),
        ("by_customer_and_status", keys(true, true), false),
        // Only orders with unpublished events have these.
        ("outbox_due", doc! { "outbox_due_at": 1 }, true),
        ("outbox_since", doc! { "outbox_since": 1 }, true),
    ]
}

/// The keys of the index in which the orders of a query stand next to each other. Ids sort by time of
/// creation, so that they stand there newest first.
pub(crate) fn listing_keys(query: &OrderQuery) -> Document {
    keys(query.customer_id.is_some(), query.status.is_some())
}

fn keys(of_customer: bool, of_status: bool) -> Document {
    let mut keys = doc! { "tenant": 1 };
    keys.extend(of_customer.then(|| ("customer_id".to_owned(), 1.into())));
    keys.extend(of_status.then(|| ("status".to_owned(), 1.into())));
    keys.insert("_id", -1);
    keys
}

impl DocumentDb {
    /// Makes the indexes that aren't there yet; harmless to repeat. Answers their names.
    ///
    /// # Errors
    ///
    /// [`PortError::Unavailable`] when DocumentDB can't be reached or refuses, for instance
    /// because an index of that name has other keys.
    pub async fn create_indexes(&self) -> Result<Vec<String>, PortError> {
        let models = indexes().map(|(name, keys, sparse)| {
            let options =
                IndexOptions::builder().name(name.to_owned()).sparse(sparse.then_some(true)).build();
            IndexModel::builder().keys(keys).options(options).build()
        });
        self.run_within(BUILDING_TIMEOUT, "create_indexes", async |it| {
            it.orders.create_indexes(models.clone()).await
        })
        .await
        .map(|created| created.index_names)
        .map_err(unavailable)
    }
}
