//! `POST /orders/{id}/payments`: asks a provider to take the money of an order, once per idempotency key.

use super::order_payments::Written;
use crate::body::parse_charge;
use crate::{examples, permissions, problems, responses};
use orders_domain::ports::Orders;
use orders_domain::{ChargeOrder, OrderKey, charge_order};
use platform_http::openapi::{Content, Operation, RequestBody, Success};
use platform_http::{Caller, Problem, ProblemType, Request, Route};

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["POST"],
    path: "/orders/{id}/payments",
    function: super::order_payments::FUNCTION,
    access: permissions::PAYERS,
    problems: &[
        ProblemType::OF_STORES,
        ProblemType::OF_BODIES,
        ProblemType::OF_KEYS,
        &[problems::ORDER_NOT_FOUND, problems::ORDER_ON_HOLD, problems::PAYMENT_NOT_POSSIBLE],
    ],
    describe,
};

/// Writes the charge of a request.
pub(super) async fn handle(
    orders: &impl Orders,
    request: &Request,
    caller: &Caller,
) -> Result<Written, Problem> {
    let customer = permissions::customer_of(caller, permissions::PAYMENTS)?;
    let id = super::order_id_of(&ROUTE, request).ok_or_else(problems::order_not_found)?;
    let body = request.json_body()?;
    let key = request.required_idempotency_key()?;
    let terms = parse_charge(body)?;
    // Money that nobody takes would hold stock for a week.
    if !terms.is_captured {
        caller.require(permissions::PAYMENTS)?;
    }
    let command = ChargeOrder {
        order: OrderKey { tenant: caller.tenant().clone(), id },
        customer,
        key,
        terms,
        at: request.received_at(),
        traceparent: request.traceparent(),
    };
    let charged = charge_order(orders, &command).await;
    let charged = charged.map_err(|error| problems::of_charge_order(&error))?;
    let response = responses::charge_accepted(&charged, request).replayed(charged.is_replay);
    Ok(Written { response, record: charged.record, is_replay: charged.is_replay })
}

fn describe() -> Operation {
    Operation {
        id: "payOrder",
        tag: "Payments",
        summary: "Ask a payment provider to take the money of an order",
        description: "Takes what the order still needs, by a token of the provider for a card or another means of payment. The \
            provider is asked after the response; the order tells the outcome. One charge at a time.",
        parameters: &["OrderId", "IdempotencyKey"],
        body: Some(RequestBody { schema: "NewPayment", example: examples::new_charge() }),
        responses: vec![Success {
            status: "202",
            description: "The provider is asked",
            headers: &["Cache-Control", "Idempotent-Replayed", "Location", "X-Request-Id"],
            content: Content::Json { schema: "PaymentRequest", example: examples::charge() },
        }],
    }
}
