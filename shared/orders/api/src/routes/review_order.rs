//! `POST /orders/{id}/review`: decides about an order on hold. The function that changes orders serves it.

use crate::body::parse_review;
use crate::{examples, permissions, problems};
use orders_domain::{Effect, OrderChange, OrderKey, RequestKey};
use platform_http::openapi::{Content, Operation, RequestBody, Success};
use platform_http::{Caller, Problem, ProblemType, Request, Route};

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["POST"],
    path: "/orders/{id}/review",
    function: super::change_order::ROUTE.function,
    access: permissions::REVIEWERS,
    problems: &[
        ProblemType::OF_STORES,
        ProblemType::OF_BODIES,
        &[
            ProblemType::IF_MATCH_MISSING,
            ProblemType::IF_MATCH_INVALID,
            problems::ORDER_NOT_FOUND,
            problems::VERSION_CONFLICT,
            problems::ORDER_NOT_ON_HOLD,
        ],
    ],
    describe,
};

/// Key of the step that decides, the same for every review of an order: the first decision counts, and repeating it changes
/// nothing.
const KEY: &str = "review";

/// Returns the change that a request asks for.
pub(super) fn change_of(request: &Request, caller: &Caller) -> Result<OrderChange, Problem> {
    let id = super::order_id_of(&ROUTE, request).ok_or_else(problems::order_not_found)?;
    let body = request.json_body()?;
    let expected = request.expected_version()?;
    Ok(OrderChange {
        order: OrderKey { tenant: caller.tenant().clone(), id },
        customer: None,
        expected,
        effect: Effect::Review(parse_review(body)?),
        key: RequestKey::Generated(KEY.parse().expect("a key")),
        at: request.received_at(),
        traceparent: request.traceparent(),
    })
}

fn describe() -> Operation {
    Operation {
        id: "reviewOrder",
        tag: "Orders",
        summary: "Decide about an order that is on hold",
        description: "`approve` ends the hold: the order can be fulfilled, and the payment that it asks for is requested. \
            `reject` cancels the order; what it held comes back into stock, and what was paid goes back. The first decision \
            counts: repeating it returns the order as it was then. The response has personal data only for callers who may read orders.",
        parameters: &["OrderId", "IfMatch"],
        body: Some(RequestBody { schema: "Review", example: examples::review() }),
        responses: vec![Success {
            status: "200",
            description: "The order at its new version",
            headers: &["Cache-Control", "ETag", "Idempotent-Replayed", "X-Request-Id"],
            content: Content::Json { schema: "Order", example: examples::approved_order() },
        }],
    }
}
