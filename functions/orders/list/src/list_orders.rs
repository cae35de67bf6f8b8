//! Listing orders.

use crate::cursor_keys::CursorKeys;
use orders_domain::ports::Listing as _;
use orders_documentdb::DocumentDb;
use platform_http::{Answer, Call, Handler, Problem, next_page};
use std::sync::Arc;

/// What listing orders needs.
pub(crate) struct ListOrders {
    pub(crate) orders: DocumentDb,
    pub(crate) keys: CursorKeys,
}

impl Handler for ListOrders {
    const ACTION: &'static str = "list-orders";

    async fn handle(self: Arc<Self>, call: Arc<Call>) -> Result<Answer, Problem> {
        let key = self.keys.key().await?;
        let query = call.parameters().order_query(call.tenant(), key)?;
        let page = self.orders.page(&query).await?;
        let next = page.orders.last().filter(|_| page.more).map(|last| {
            let cursor = key.seal(&query, last.id());
            let next = next_page(&query, &cursor);
            (cursor, next)
        });
        Ok(Answer::page(&page, next))
    }
}
