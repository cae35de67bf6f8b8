//! `GET /orders`: returns a page of orders.

use crate::listing::{next_page, order_query, seal_cursor, settled};
use crate::{examples, permissions, responses, telemetry};
use orders_domain::ports::Listing;
use platform_http::openapi::{Content, Operation, Success};
use platform_http::{Caller, CursorKeySource, Handler, Problem, ProblemType, Request, Response, Route};
use serde_json::json;
use std::sync::Arc;

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["GET", "HEAD"],
    path: "/orders",
    function: "list-orders",
    access: permissions::READERS,
    problems: &[ProblemType::OF_STORES, &[ProblemType::INVALID_PARAMETERS]],
    describe,
};

/// Dependencies of the handler for `GET /orders`.
#[derive(Debug)]
pub struct ListOrders<L, K> {
    /// Orders.
    pub orders: L,
    /// Keys of the cursors.
    pub keys: K,
}

impl<L, K> Handler for ListOrders<L, K>
where
    L: Listing + Send + Sync + 'static,
    K: CursorKeySource + Send + Sync + 'static,
{
    const ACTION: &'static str = "list-orders";

    type Caller = Caller;

    fn routes(&self) -> &'static [Route] {
        super::ROUTES
    }

    async fn handle(self: Arc<Self>, request: Arc<Request>, caller: Caller) -> Result<Response, Problem> {
        let customer = permissions::customer_of(&caller, permissions::READ)?;
        let read = |keys: &_| order_query(request.parameters(), caller.tenant(), customer.as_ref(), keys);
        let (keys, query) = self.keys.read_query(read).await?;
        let page = self.orders.page(&settled(&query, request.received_at())).await?;
        telemetry::report_unreadable(&page.unreadable);
        let next = page.next_after.map(|last| {
            let cursor = seal_cursor(&keys, &query, last);
            let next = next_page(&query, &cursor);
            (cursor, next)
        });
        Ok(responses::page(&page, next))
    }
}

fn describe() -> Operation {
    Operation {
        id: "listOrders",
        tag: "Orders",
        summary: "List orders",
        description: "Newest first, in pages that are stable while orders are created. With `sort=updated`, oldest change \
            first, for a system that follows all changes: a change appears within a minute after it was made, and an order \
            that changes again moves to the end.",
        parameters: &[
            "CustomerId",
            "Status",
            "ExternalId",
            "Number",
            "CreatedAfter",
            "CreatedBefore",
            "UpdatedAfter",
            "UpdatedBefore",
            "Sort",
            "Limit",
            "Cursor",
        ],
        responses: vec![Success {
            status: "200",
            description: "A page of orders",
            headers: &["Cache-Control", "Link", "X-Request-Id"],
            content: Content::Json { schema: "Page", example: json!({ "items": [examples::order()] }) },
        }],
        ..Operation::default()
    }
}
