//! `POST /orders`: places an order, once per idempotency key.

use crate::body::{AcceptedForms, ParsedOrder, parse_new_order};
use crate::later::ProcessingLater;
use crate::{examples, permissions, problems, responses, telemetry};
use kernel::{ErrorChain, IdempotencyKey, Tenant};
use orders_domain::ports::{
    Acceptances, ClaimedKey, Claims, EventPublisher, Holder, OrderNumbers, Orders, ProcessingQueue,
    StockClaims,
};
use orders_domain::{
    AcceptOrder, AcceptedPlacement, AcceptedRequest, CustomerId, LeasedNumbers, OrderId, OrderRecord,
    OrderRequest, PlaceOrder, PlaceOrderError, PlacedOrder, Placement, accept_order, find_accepted,
    place_order,
};
use platform_http::openapi::{Content, Operation, RequestBody, Success};
use platform_http::{
    Caller, CursorKeySource, Handler, Problem, ProblemType, Request, Response, Route, request_span,
};
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
        &[problems::EXTERNAL_ID_TAKEN, problems::ORDER_REJECTED],
        problems::OF_PRODUCTS,
    ],
    describe,
};

/// Dependencies of the handler for `POST /orders`.
#[derive(Debug)]
pub struct CreateOrder<C, S, O, E, N, Q, K> {
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
    /// Processing after the response; `None` to ignore the preference for it.
    pub later: Option<ProcessingLater<Q, K>>,
    /// Accepted forms of a request.
    pub forms: AcceptedForms,
    /// Time within which an order with products of the catalog has to be paid; `None` for any.
    pub payment_window: Option<Duration>,
    /// Lifetime of a claim.
    pub claim_ttl: Duration,
}

impl<C, S, O, E, N, Q, K> Handler for CreateOrder<C, S, O, E, N, Q, K>
where
    C: Claims + Acceptances + Send + Sync + 'static,
    S: StockClaims + Send + Sync + 'static,
    O: Orders + Send + Sync + 'static,
    E: EventPublisher + Send + Sync + 'static,
    N: OrderNumbers + Send + Sync + 'static,
    Q: ProcessingQueue + Send + Sync + 'static,
    K: CursorKeySource + Send + Sync + 'static,
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
        let parsed = parse_new_order(body, self.forms)?;
        permissions::check_new_order(&caller, customer.as_ref(), &parsed)?;
        let order_id = OrderId::v7(request.received_at(), request.entropy()?);
        let requested = Requested { tenant: caller.tenant().clone(), key, customer, order_id };
        match &self.later {
            // In a box: most requests are not processed later.
            Some(later) if request.prefers_async() => {
                Box::pin(self.accept(later, &request, requested, parsed)).await
            }
            _ => {
                if parsed.charge.is_some() {
                    return Box::pin(self.find_accepted(&request, &requested, parsed)).await;
                }
                self.place(&request, requested, parsed.order).await
            }
        }
    }
}

/// Request with its key and owner.
struct Requested {
    tenant: Tenant,
    key: IdempotencyKey,
    customer: Option<CustomerId>,
    order_id: OrderId,
}

impl<C, S, O, E, N, Q, K> CreateOrder<C, S, O, E, N, Q, K>
where
    C: Claims + Acceptances + Send + Sync + 'static,
    S: StockClaims + Send + Sync + 'static,
    O: Orders + Send + Sync + 'static,
    E: EventPublisher + Send + Sync + 'static,
    N: OrderNumbers + Send + Sync + 'static,
    Q: ProcessingQueue + Send + Sync + 'static,
    K: CursorKeySource + Send + Sync + 'static,
{
    /// Places an order before the response.
    async fn place(
        self: &Arc<Self>,
        request: &Request,
        requested: Requested,
        order: OrderRequest,
    ) -> Result<Response, Problem> {
        let Requested { tenant, key, customer, order_id } = requested;
        let command = PlaceOrder {
            tenant,
            key,
            customer,
            claim_ttl: self.claim_ttl,
            request: order,
            payment_window: self.payment_window,
            order_id,
            received_at: request.received_at(),
            traceparent: request.traceparent(),
        };
        let placed =
            place_order(&self.claims, &self.stock, &self.orders, self.numbers.as_ref(), command).await;
        self.response_to(placed, request)
    }

    fn response_to(
        self: &Arc<Self>,
        placed: Result<Placement, PlaceOrderError>,
        request: &Request,
    ) -> Result<Response, Problem> {
        match placed.map_err(|error| problem_of(&error))? {
            Placement::Placed(placed) => Ok(self.placed(placed, request)),
            Placement::Accepted(claim) => {
                telemetry::record_order(claim.order);
                telemetry::count_idempotency(true);
                Ok(responses::accepted(claim.response).replayed(true))
            }
        }
    }

    /// Accepts an order that is processed after the response.
    async fn accept(
        self: &Arc<Self>,
        later: &ProcessingLater<Q, K>,
        request: &Request,
        requested: Requested,
        parsed: ParsedOrder,
    ) -> Result<Response, Problem> {
        let Requested { tenant, key, customer, order_id } = requested;
        let accepted = AcceptedRequest::new(parsed.order, parsed.charge);
        let command = AcceptOrder {
            tenant,
            key,
            customer,
            request: accepted.map_err(|errors| problems::of_accepted_request(&errors))?,
            order_id,
            response: later.response(request, order_id).await?,
            received_at: request.received_at(),
            traceparent: request.traceparent(),
        };
        let numbers = self.numbers.as_ref();
        let accepted = accept_order(&self.claims, &later.queue, &self.orders, numbers, command).await;
        match accepted.map_err(|error| problem_of(&error))? {
            AcceptedPlacement::Placed(placed) => Ok(self.placed(placed, request)),
            AcceptedPlacement::Accepted { order, response, is_replay, unsent } => {
                telemetry::record_order(order);
                telemetry::count_idempotency(is_replay);
                if let Some(error) = unsent {
                    telemetry::log_unsent(&ErrorChain(&error));
                }
                Ok(responses::accepted(response).replayed(is_replay).applied_async())
            }
        }
    }

    /// Responds to a request that names its payment without the preference: only the retry of an accepted one may.
    async fn find_accepted(
        self: &Arc<Self>,
        request: &Request,
        requested: &Requested,
        parsed: ParsedOrder,
    ) -> Result<Response, Problem> {
        let accepted = AcceptedRequest::new(parsed.order, parsed.charge);
        let accepted = accepted.map_err(|_| problems::payment_needs_preference())?;
        let key = ClaimedKey {
            tenant: &requested.tenant,
            key: &requested.key,
            customer: requested.customer.as_ref(),
            fingerprint: accepted.fingerprint(),
            at: request.received_at(),
        };
        match self.stock.holder(&key).await? {
            Some(Holder::Accepted(claim)) => {
                let found = find_accepted(&self.orders, &requested.tenant, claim).await;
                self.response_to(found, request)
            }
            Some(Holder::Equal(_) | Holder::Another) => Err(Problem::idempotency_key_reused()),
            None => Err(problems::payment_needs_preference()),
        }
    }

    /// Returns the response with an order that is stored, and what follows it.
    fn placed(self: &Arc<Self>, placed: PlacedOrder, request: &Request) -> Response {
        telemetry::record_order(placed.order.id());
        telemetry::count_idempotency(placed.is_replay);
        let response = responses::created(&placed.order, request).replayed(placed.is_replay);
        let Some(record) = placed.unpublished else {
            return response;
        };
        telemetry::count_transition(None, placed.order.status());
        let (handler, received_at) = (Arc::clone(self), request.received_at());
        response.after_response(async move {
            let outcome = handler.events.publish_pending(&record, received_at).await;
            telemetry::log_unpublished(&outcome);
            if record.order().has_products() {
                // In a box: most orders have no products of the catalog.
                Box::pin(handler.close(&record)).await;
            }
        })
    }

    /// Notes that the order is stored, so that the sweeper need not look for it.
    async fn close(&self, record: &OrderRecord) {
        if let Err(error) = self.stock.close(&record.order().key()).await {
            telemetry::log_open_reservation(&ErrorChain(&error));
        }
    }
}

/// Counts an order that is refused for its products.
fn problem_of(error: &PlaceOrderError) -> Problem {
    let problem = problems::of_place_order(error);
    if matches!(error, PlaceOrderError::Products(_) | PlaceOrderError::Contended) {
        telemetry::count_refusal(problem.code());
    }
    problem
}

fn describe() -> Operation {
    Operation {
        id: "createOrder",
        tag: "Orders",
        summary: "Create an order",
        description: "A repeated request with the same key returns the same response, byte for byte, with \
            `Idempotent-Replayed: true`. An item without `price` is a product of the catalog, at its present price, or only at \
            its `expected_price`: the order takes its stock, and gives it back if it is cancelled, or not paid until \
            `payment_due_at`. With `Prefer: respond-async`, the order is processed after a response 202, where the deployment allows \
            it: every product needs its `expected_price`, and `status_url` tells what becomes of the order. A request with the same \
            key gets the same 202, and without the preference, once the order is decided, the order or the reason for its rejection.",
        parameters: &["IdempotencyKey", "Prefer"],
        body: Some(RequestBody { schema: "NewOrder", example: examples::new_order() }),
        responses: vec![
            Success {
                status: "201",
                description: "The new order",
                headers: &["Cache-Control", "ETag", "Idempotent-Replayed", "Location", "X-Request-Id"],
                content: Content::Json { schema: "Order", example: examples::order() },
            },
            Success {
                status: "202",
                description: "The order is accepted, and processed later",
                headers: &[
                    "Cache-Control",
                    "Idempotent-Replayed",
                    "Location",
                    "Preference-Applied",
                    "Retry-After",
                    "X-Request-Id",
                ],
                content: Content::Json { schema: "AcceptedOrder", example: examples::acceptance() },
            },
        ],
    }
}
