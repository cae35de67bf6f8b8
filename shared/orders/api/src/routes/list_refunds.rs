//! `GET /orders/{id}/refunds`: returns the refunds of an order.

use crate::{examples, permissions, problems, responses};
use orders_domain::OrderKey;
use orders_domain::ports::Orders;
use platform_http::openapi::{Content, Operation, Success};
use platform_http::{Caller, Problem, ProblemType, Request, Response, Route};

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["GET", "HEAD"],
    path: "/orders/{id}/refunds",
    function: super::order_payments::FUNCTION,
    access: permissions::REFUND_READERS,
    problems: &[ProblemType::OF_STORES, &[problems::ORDER_NOT_FOUND]],
    describe,
};

/// Returns the refunds of an order, the first one first.
pub(super) async fn handle(
    orders: &impl Orders,
    request: &Request,
    caller: &Caller,
) -> Result<Response, Problem> {
    let id = super::order_id_of(&ROUTE, request).ok_or_else(problems::order_not_found)?;
    let key = OrderKey { tenant: caller.tenant().clone(), id };
    let record = orders.find(&key).await?.ok_or_else(problems::order_not_found)?;
    Ok(responses::refunds(record.payments()))
}

fn describe() -> Operation {
    Operation {
        id: "listRefunds",
        tag: "Payments",
        summary: "List the refunds of an order",
        description: "All refunds, those that nobody has asked for included: what was taken for a cancelled order, twice, or \
            beyond the total.",
        parameters: &["OrderId"],
        responses: vec![Success {
            status: "200",
            description: "The refunds, the first one first",
            headers: &["Cache-Control", "X-Request-Id"],
            content: Content::Json { schema: "Refunds", example: examples::refunds() },
        }],
        ..Operation::default()
    }
}
