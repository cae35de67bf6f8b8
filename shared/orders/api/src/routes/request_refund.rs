//! `POST /orders/{id}/refunds`: refunds an order, once per idempotency key.

use super::order_payments::Written;
use crate::body::{NewRefund, parse_refund};
use crate::{examples, permissions, problems, responses};
use orders_domain::ports::Orders;
use orders_domain::{OrderKey, RequestRefund, request_refund};
use platform_http::openapi::{Content, Operation, RequestBody, Success};
use platform_http::{Caller, Problem, ProblemType, Request, Route};

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["POST"],
    path: "/orders/{id}/refunds",
    function: super::order_payments::FUNCTION,
    access: permissions::REFUNDERS,
    problems: &[
        ProblemType::OF_STORES,
        ProblemType::OF_BODIES,
        ProblemType::OF_KEYS,
        &[
            problems::ORDER_NOT_FOUND,
            problems::REFUND_EXCEEDS_CAPTURED,
            problems::REFUND_EXCEEDS_ORDER,
            problems::RESTOCK_TOO_LATE,
            problems::TOO_MANY_REFUNDS,
        ],
    ],
    describe,
};

/// Writes the refund of a request.
pub(super) async fn handle(
    orders: &impl Orders,
    request: &Request,
    caller: &Caller,
) -> Result<Written, Problem> {
    let id = super::order_id_of(&ROUTE, request).ok_or_else(problems::order_not_found)?;
    let body = request.json_body()?;
    let key = request.required_idempotency_key()?;
    let NewRefund { amount, items, reason, restocks } = parse_refund(body)?;
    let command = RequestRefund {
        order: OrderKey { tenant: caller.tenant().clone(), id },
        key,
        amount,
        items,
        reason: Some(reason),
        restocks,
        at: request.received_at(),
        traceparent: request.traceparent(),
    };
    let requested = request_refund(orders, &command).await;
    let requested = requested.map_err(|error| problems::of_request_refund(&error))?;
    let (refund, payments) = (&requested.refund, requested.record.payments());
    let response = responses::refund_created(refund, payments).replayed(requested.is_replay);
    Ok(Written { response, record: requested.record, is_replay: requested.is_replay })
}

fn describe() -> Operation {
    Operation {
        id: "refundOrder",
        tag: "Payments",
        summary: "Refund an order",
        description: "Gives back an amount, the price of items, or all that is left. The payment provider is asked after the \
            response: `status` tells how far it is. With `restock`, the units come back into stock.",
        parameters: &["OrderId", "IdempotencyKey"],
        body: Some(RequestBody { schema: "NewRefund", example: examples::new_refund() }),
        responses: vec![Success {
            status: "201",
            description: "The refund",
            headers: &["Cache-Control", "Idempotent-Replayed", "X-Request-Id"],
            content: Content::Json { schema: "Refund", example: examples::refund() },
        }],
    }
}
