//! `POST /orders`: places an order, once per idempotency key.

use crate::body::{AcceptedForms, parse_new_order};
use crate::{examples, permissions, problems, responses, telemetry};
use kernel::ErrorChain;
use orders_domain::ports::{Claims, EventPublisher, OrderNumbers, Orders, StockClaims};
use orders_domain::{LeasedNumbers, OrderId, OrderRecord, PlaceOrder, PlaceOrderError, place_order};
use platform_http::openapi::{Content, Operation, RequestBody, Success};
use platform_http::{Caller, Handler, Problem, ProblemType, Request, Response, Route, request_span};
use std::sync::Arc;
use std::time::Duration;
use tracing::Span;

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["POST"],
    path: "/orders",
    function: "create-order",
    access: permissions::WRITERS,
    problems: &[
        ProblemType::OF_STORES,
        ProblemType::OF_BODIES,
        ProblemType::OF_KEYS,
        &[problems::EXTERNAL_ID_TAKEN],
        problems::OF_PRODUCTS,
    ],
    describe,
};

/// Dependencies of the handler for `POST /orders`.
#[derive(Debug)]
pub struct CreateOrder<C, S, O, E, N> {
    /// Idempotency claims.
    pub claims: C,
    /// Idempotency claims with stock.
    pub stock: S,
    /// Orders.
    pub orders: O,
    /// Publication after the response.
    pub events: E,
    /// Order numbers; `None` for orders without.
    pub numbers: Option<LeasedNumbers<N>>,
    /// Accepted forms of a request.
    pub forms: AcceptedForms,
    /// Time within which an order with products of the catalog has to be paid; `None` for any.
    pub payment_window: Option<Duration>,
    /// Lifetime of a claim.
    pub claim_ttl: Duration,
}

impl<C, S, O, E, N> Handler for CreateOrder<C, S, O, E, N>
where
    C: Claims + Send + Sync + 'static,
    S: StockClaims + Send + Sync + 'static,
    O: Orders + Send + Sync + 'static,
    E: EventPublisher + Send + Sync + 'static,
    N: OrderNumbers + Send + Sync + 'static,
{
    const ACTION: &'static str = "create-order";

    type Caller = Caller;

    fn routes(&self) -> &'static [Route] {
        super::ROUTES
    }

    fn span(&self, request: &Request) -> Span {
        request_span!(self, request, order_id = tracing::field::Empty)
    }

    async fn handle(self: Arc<Self>, request: Arc<Request>, caller: Caller) -> Result<Response, Problem> {
        let customer = permissions::customer_of(&caller, permissions::WRITE)?;
        let body = request.json_body()?;
        let key = request.required_idempotency_key()?;
        let new_order = parse_new_order(body, self.forms)?;
        permissions::check_new_order(&caller, customer.as_ref(), &new_order)?;
        let command = PlaceOrder {
            tenant: caller.tenant().clone(),
            key,
            customer,
            claim_ttl: self.claim_ttl,
            request: new_order,
            payment_window: self.payment_window,
            order_id: OrderId::v7(request.received_at(), request.entropy()?),
            received_at: request.received_at(),
            traceparent: request.traceparent(),
        };
        let placed =
            place_order(&self.claims, &self.stock, &self.orders, self.numbers.as_ref(), command).await;
        let placed = placed.map_err(|error| {
            let problem = problems::of_place_order(&error);
            if matches!(error, PlaceOrderError::Products(_) | PlaceOrderError::Contended) {
                telemetry::count_refusal(problem.code());
            }
            problem
        })?;

        telemetry::record_order(placed.order.id());
        telemetry::count_idempotency(placed.is_replay);
        let response = responses::created(&placed.order, &request).replayed(placed.is_replay);
        let Some(record) = placed.unpublished else {
            return Ok(response);
        };
        telemetry::count_transition(None, placed.order.status());
        Ok(response.after_response(async move {
            let outcome = self.events.publish_pending(&record, request.received_at()).await;
            telemetry::log_unpublished(&outcome);
            if record.order().has_products() {
                // In a box: most orders have no products of the catalog.
                Box::pin(self.close(&record)).await;
            }
        }))
    }
}

impl<C, S: StockClaims, O, E, N> CreateOrder<C, S, O, E, N> {
    /// Notes that the order is stored, so that the sweeper need not look for it.
    async fn close(&self, record: &OrderRecord) {
        if let Err(error) = self.stock.close(&record.order().key()).await {
            telemetry::log_open_reservation(&ErrorChain(&error));
        }
    }
}

fn describe() -> Operation {
    Operation {
        id: "createOrder",
        tag: "Orders",
        summary: "Create an order",
        description: "A repeated request with the same key returns the same response, byte for byte, with \
            `Idempotent-Replayed: true`. An item without `price` is a product of the catalog, at its present price, or only at \
            its `expected_price`: the order takes its stock, and gives it back if it is cancelled, or not paid until \
            `payment_due_at`.",
        parameters: &["IdempotencyKey"],
        body: Some(RequestBody { schema: "NewOrder", example: examples::new_order() }),
        responses: vec![Success {
            status: "201",
            description: "The new order",
            headers: &["Cache-Control", "ETag", "Idempotent-Replayed", "Location", "X-Request-Id"],
            content: Content::Json { schema: "Order", example: examples::order() },
        }],
    }
}
