//! `GET /orders/{id}/status`: tells the status of an accepted order to whoever has the link.

use crate::later::verify_link;
use crate::{examples, problems, responses};
use orders_domain::ports::OrderStatuses;
use platform_http::openapi::{Content, Operation, Success};
use platform_http::{
    Access, Anyone, CursorKeySource, Handler, InvalidLink, LinkSignature, Problem, ProblemType, Request,
    Response, Route, request_span,
};
use std::sync::Arc;
use tracing::Span;

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["GET", "HEAD"],
    path: "/orders/{id}/status",
    function: "order-status",
    access: Access::Public,
    problems: &[ProblemType::OF_STORES, &[problems::ORDER_NOT_FOUND, problems::STATUS_URL_EXPIRED]],
    describe,
};

/// Dependencies of the handler.
#[derive(Debug)]
pub struct OrderStatus<T, K> {
    /// Statuses.
    pub statuses: T,
    /// Keys that sign the links.
    pub keys: K,
}

impl<T, K> Handler for OrderStatus<T, K>
where
    T: OrderStatuses + Send + Sync + 'static,
    K: CursorKeySource + Send + Sync + 'static,
{
    const ACTION: &'static str = "order-status";

    type Caller = Anyone;

    fn routes(&self) -> &'static [Route] {
        super::ROUTES
    }

    fn span(&self, request: &Request) -> Span {
        let id = super::order_id_of(&ROUTE, request);
        request_span!(self, request, order_id = id.map(tracing::field::display))
    }

    /// Reads no store before the signature is verified.
    async fn handle(self: Arc<Self>, request: Arc<Request>, _: Anyone) -> Result<Response, Problem> {
        let order = super::order_id_of(&ROUTE, &request).ok_or_else(problems::unknown_status_url)?;
        let link = link(&request).ok_or_else(problems::unknown_status_url)?;
        match verify_link(&self.keys, order, &link, request.received_at()).await? {
            Ok(()) => {}
            Err(InvalidLink::Expired) => return Err(problems::status_url_expired()),
            Err(InvalidLink::UnknownKey | InvalidLink::NotSigned) => {
                return Err(problems::unknown_status_url());
            }
        }
        // Without a status, the order is not decided: only an accepted one has a link.
        Ok(responses::status(order, self.statuses.find(order).await?.as_ref()))
    }
}

/// Returns the signature in the query; `None` unless it has exactly its parameters.
fn link(request: &Request) -> Option<LinkSignature> {
    let mut parameters = request.parameters();
    let (expires, key) = (parameters.take("expires"), parameters.take("key"));
    let signature = parameters.take("signature");
    parameters.finish().ok()?;
    Some(LinkSignature { expires: expires?, key: key?, signature: signature? })
}

fn describe() -> Operation {
    Operation {
        id: "getOrderStatus",
        tag: "Orders",
        summary: "Get the status of an accepted order",
        description: "Needs no token: use `status_url` of the response 202 as it is, until it expires.",
        parameters: &["OrderId", "Expires", "Key", "Signature"],
        responses: vec![Success {
            status: "200",
            description: "The status",
            headers: &["Cache-Control", "Referrer-Policy", "Retry-After", "X-Request-Id"],
            content: Content::Json { schema: "OrderStatus", example: examples::status() },
        }],
        ..Operation::default()
    }
}
