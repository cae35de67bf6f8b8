//! Reading an order.

use orders_domain::ports::Orders as _;
use orders_documentdb::DocumentDb;
use platform_http::{Answer, Call, Handler, Problem};
use std::sync::Arc;

/// What reading an order needs.
pub(crate) struct GetOrder {
    pub(crate) orders: DocumentDb,
}

impl Handler for GetOrder {
    const ACTION: &'static str = "get-order";

    async fn handle(self: Arc<Self>, call: Arc<Call>) -> Result<Answer, Problem> {
        let id = call.order_id()?;
        let record = self.orders.find(&call.tenant(), id).await?.ok_or(Problem::OrderNotFound)?;
        let order = record.order();
        let answer =
            if call.has_already(order.version()) { Answer::not_modified(order) } else { Answer::ok(order) };
        Ok(answer.revalidated())
    }
}
