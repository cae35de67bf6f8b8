//! `GET /orders/{id}`: returns an order.

use super::order_id;
use crate::{examples, permissions, problems, responses};
use orders_domain::OrderKey;
use orders_domain::ports::Orders;
use platform_http::openapi::{Content, Operation, Success};
use platform_http::{Caller, Handler, Problem, ProblemType, Request, Response, Route, request_span};
use std::sync::Arc;
use tracing::Span;

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["GET", "HEAD"],
    path: "/orders/{id}",
    function: "get-order",
    access: permissions::READERS,
    problems: &[ProblemType::OF_STORES, &[problems::ORDER_NOT_FOUND]],
    describe,
};

const HEADERS: &[&str] = &["Cache-Control", "ETag", "X-Request-Id"];

/// Dependencies of the handler for `GET /orders/{id}`.
#[derive(Debug)]
pub struct GetOrder<O> {
    /// Orders.
    pub orders: O,
}

impl<O: Orders + Send + Sync + 'static> Handler for GetOrder<O> {
    const ACTION: &'static str = "get-order";

    type Caller = Caller;

    fn routes(&self) -> &'static [Route] {
        super::ROUTES
    }

    fn span(&self, request: &Request) -> Span {
        request_span!(self, request, order_id = order_id(request).map(tracing::field::display))
    }

    async fn handle(self: Arc<Self>, request: Arc<Request>, caller: Caller) -> Result<Response, Problem> {
        let customer = permissions::customer_of(&caller, permissions::READ)?;
        let id = order_id(&request).ok_or_else(problems::order_not_found)?;
        let key = OrderKey { tenant: caller.tenant().clone(), id };
        let record = self.orders.find(&key).await?.ok_or_else(problems::order_not_found)?;
        let order = record.order();
        if customer.is_some_and(|customer| &customer != order.customer_id()) {
            return Err(problems::order_not_found());
        }
        let response = if request.has_version(order.version()) {
            responses::not_modified(order)
        } else {
            responses::ok(order)
        };
        Ok(response.revalidated())
    }
}

fn describe() -> Operation {
    let order = Success {
        status: "200",
        description: "The order",
        headers: HEADERS,
        content: Content::Json { schema: "Order", example: examples::order() },
    };
    let not_modified = Success {
        status: "304",
        description: "The client already has this version",
        headers: HEADERS,
        content: Content::Empty,
    };
    Operation {
        id: "getOrder",
        tag: "Orders",
        summary: "Get an order",
        parameters: &["OrderId", "IfNoneMatch"],
        responses: vec![order, not_modified],
        ..Operation::default()
    }
}
