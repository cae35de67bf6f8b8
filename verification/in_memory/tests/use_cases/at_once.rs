//! Store whose concurrent callers all read an order before the first of them writes it.

use kernel::PortError;
use orders_domain::ports::{Existing, Inserted, Orders};
use orders_domain::{OrderChange, OrderKey, OrderRecord};
use orders_in_memory::InMemoryOrders;
use std::task::Poll;

/// Orders in memory, of which a read takes until the others have read, too.
pub(crate) struct ReadAtOnce<'a>(pub(crate) &'a InMemoryOrders);

impl Orders for ReadAtOnce<'_> {
    async fn insert(&self, record: &OrderRecord) -> Result<Inserted, PortError> {
        self.0.insert(record).await
    }

    async fn existing(&self, key: &OrderKey) -> Result<Option<Existing>, PortError> {
        self.0.existing(key).await
    }

    async fn apply(&self, change: &OrderChange) -> Result<Option<OrderRecord>, PortError> {
        self.0.apply(change).await
    }

    async fn find(&self, key: &OrderKey) -> Result<Option<OrderRecord>, PortError> {
        let found = self.0.find(key).await;
        let mut is_read_by_others = false;
        std::future::poll_fn(|context| {
            if is_read_by_others {
                return Poll::Ready(());
            }
            is_read_by_others = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        found
    }
}
