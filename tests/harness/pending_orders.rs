//! Orders with unpublished events.

use crate::{Api, FaultProxy, System, eventually};
use futures::StreamExt as _;
use mongodb::bson::{DateTime, doc};

impl System {
    /// Creates orders and changes them from CREATED to FULFILLED while the bus rejects every event.
    /// Returns their ids.
    ///
    /// # Panics
    ///
    /// When a request fails.
    pub async fn create_unpublished_orders(
        &self,
        aws: &FaultProxy,
        count: usize,
        concurrency: usize,
    ) -> Vec<String> {
        let rejected_before = aws.rejected_entries();
        aws.reject_every(1);
        let api = self.api();
        let orders = futures::stream::iter((0..count).map(|_| create_fulfilled_order(&api)));
        let ids = orders.buffer_unordered(concurrency).collect().await;
        // Every change tries to publish, after its response.
        let all_tried = async || (aws.rejected_entries() - rejected_before >= 3 * count).then_some(());
        eventually("every change tries to publish", all_tried).await;
        aws.reject_every(0);
        ids
    }

    /// Makes all pending events due now, in place of waiting for the grace period or a backoff.
    ///
    /// # Panics
    ///
    /// When the server does not respond.
    pub async fn make_due(&self) {
        let now = doc! { "$set": { "outbox_due_at": DateTime::now() } };
        let pending = doc! { "outbox_due_at": { "$exists": true } };
        self.orders().await.update_many(pending, now).await.expect("a response");
    }

    /// Returns the number of orders with pending events.
    ///
    /// # Panics
    ///
    /// When the server does not respond.
    pub async fn waiting(&self) -> u64 {
        let pending = doc! { "outbox": { "$exists": true } };
        self.orders().await.count_documents(pending).await.expect("a response")
    }
}

async fn create_fulfilled_order(api: &Api) -> String {
    let id = api.new_order().await.order_id();
    for (version, status) in [(1, "PAID"), (2, "FULFILLED")] {
        let reply = api.change(&id, version, status, &[]).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    id
}
