//! `PATCH /orders/{id}`: changes the status of an order, or corrects its personal data. The handler also decides about orders on
//! hold.

use super::{order_id, review_order};
use crate::body::parse_order_change;
use crate::{examples, permissions, problems, responses, telemetry};
use kernel::ErrorChain;
use orders_domain::ports::{EventPublisher, Orders, StockHolders, StockSettlement, StockSettlements};
use orders_domain::{Change, Effect, OrderChange, OrderKey, OrderRecord, RequestKey, Status, change_order};
use platform_http::openapi::{Content, Operation, RequestBody, Success};
use platform_http::{Caller, Handler, Problem, ProblemType, Request, Response, Route, request_span};
use std::sync::Arc;
use tracing::Span;

/// Route of the handler.
pub(super) const ROUTE: Route = Route {
    methods: &["PATCH"],
    path: "/orders/{id}",
    function: "patch-order",
    access: permissions::WRITERS,
    problems: &[
        ProblemType::OF_STORES,
        ProblemType::OF_BODIES,
        &[
            ProblemType::IF_MATCH_MISSING,
            ProblemType::IF_MATCH_INVALID,
            ProblemType::IDEMPOTENCY_KEY_INVALID,
            ProblemType::IDEMPOTENCY_KEY_REUSED,
            problems::ORDER_NOT_FOUND,
            problems::VERSION_CONFLICT,
            problems::INVALID_TRANSITION,
            problems::ORDER_ON_HOLD,
            problems::ORDER_CLOSED,
            problems::TOO_MANY_CORRECTIONS,
            problems::EXTERNAL_ID_TAKEN,
        ],
    ],
    describe,
};

/// Dependencies of the handler for `PATCH /orders/{id}` and `POST /orders/{id}/review`.
#[derive(Debug)]
pub struct ChangeOrder<O, S, E> {
    /// Orders.
    pub orders: O,
    /// Stock of the orders that end.
    pub stock: S,
    /// Publication after the response.
    pub events: E,
    /// `true` when a request may correct personal data and references.
    pub has_details: bool,
}

impl<O, S, E> Handler for ChangeOrder<O, S, E>
where
    O: Orders + StockHolders + Send + Sync + 'static,
    S: StockSettlements + Send + Sync + 'static,
    E: EventPublisher + Send + Sync + 'static,
{
    const ACTION: &'static str = "patch-order";

    type Caller = Caller;

    fn routes(&self) -> &'static [Route] {
        super::ROUTES
    }

    fn span(&self, request: &Request) -> Span {
        let id = order_id(request).or_else(|| super::order_id_of(&review_order::ROUTE, request));
        request_span!(self, request, order_id = id.map(tracing::field::display))
    }

    async fn handle(self: Arc<Self>, request: Arc<Request>, caller: Caller) -> Result<Response, Problem> {
        let is_review = review_order::ROUTE.handles(request.method().as_str(), request.path());
        let change = if is_review {
            review_order::change_of(&request, &caller)?
        } else {
            self.change_of(&request, &caller)?
        };
        let sees_personal = change.customer.is_some() || caller.has(permissions::READ);
        // A decision is a key of its own.
        let has_key = is_review || matches!(change.key, RequestKey::Caller(_));
        let changed = change_order(&self.orders, &change).await;
        let changed = changed.map_err(|error| problems::of_change_order(&error))?;

        let is_replay = matches!(changed, Change::Replayed { .. });
        if has_key {
            telemetry::count_idempotency(is_replay);
        }
        if let Some(target) = change.target().filter(|_| !is_replay) {
            telemetry::count_transition(changed.record().previous_status(), target);
        }
        let settlement = changed.record().stock_settlement();
        // Who cancels an order sees its units in stock. What was sold can wait until after the response.
        let mut ended = EndedStock { unsettled: settlement, settled: Vec::new() };
        if changed.record().order().status() == Status::Cancelled {
            ended = self.settle(ended).await;
        }
        let response = if sees_personal {
            responses::ok(changed.order())
        } else {
            responses::ok_without_personal(changed.order())
        };
        let response = response.replayed(has_key && is_replay);
        Ok(response.after_response(self.finish(changed.record().clone(), ended, request)))
    }
}

/// Stock of the order that the request has ended, if it has ended one.
struct EndedStock {
    unsettled: Option<StockSettlement>,
    /// Orders of which nobody has noted yet that their stock is settled.
    settled: Vec<OrderKey>,
}

impl<O, S, E> ChangeOrder<O, S, E>
where
    O: StockHolders,
    S: StockSettlements,
    E: EventPublisher,
{
    /// Returns the change that a `PATCH` asks for.
    fn change_of(&self, request: &Request, caller: &Caller) -> Result<OrderChange, Problem> {
        let customer = permissions::customer_of(caller, permissions::WRITE)?;
        let id = order_id(request).ok_or_else(problems::order_not_found)?;
        let body = request.json_body()?;
        let expected = request.expected_version()?;
        let client_key = request.idempotency_key()?;
        let effect = parse_order_change(body, self.has_details)?;
        // A buyer can only cancel.
        if customer.is_some() && effect != Effect::Status(Status::Cancelled) {
            caller.require(permissions::WRITE)?;
        }
        // Says that the money is there, by other means than a provider.
        if effect == Effect::Status(Status::Paid) {
            caller.require(permissions::PAYMENTS)?;
        }
        Ok(OrderChange {
            order: OrderKey { tenant: caller.tenant().clone(), id },
            customer,
            expected,
            effect,
            key: match client_key {
                Some(key) => RequestKey::Caller(key),
                None => RequestKey::Generated(request.generated_key()?),
            },
            at: request.received_at(),
            traceparent: request.traceparent(),
        })
    }

    /// Publishes the outbox of the order, which is empty after most replays, and completes what the end of the order needs.
    async fn finish(self: Arc<Self>, record: OrderRecord, ended: EndedStock, request: Arc<Request>) {
        let outcome = self.events.publish_pending(&record, request.received_at()).await;
        telemetry::log_unpublished(&outcome);
        let EndedStock { settled, .. } = self.settle(ended).await;
        if !settled.is_empty()
            && let Err(error) = self.orders.settled(&settled).await
        {
            telemetry::log_unsettled(&ErrorChain(&error));
        }
    }

    /// Settles the stock of the order. Its status has decided, so that a failure changes no answer: the sweeper tries again.
    async fn settle(&self, ended: EndedStock) -> EndedStock {
        let Some(settlement) = ended.unsettled else { return ended };
        let settled = match Box::pin(self.stock.settle(&[settlement])).await {
            Ok(settled) => settled,
            Err(error) => {
                telemetry::log_unsettled(&ErrorChain(&error));
                Vec::new()
            }
        };
        EndedStock { unsettled: None, settled }
    }
}

fn describe() -> Operation {
    Operation {
        id: "changeOrder",
        tag: "Orders",
        summary: "Change the status of an order, or correct its personal data",
        description: "A correction names one or more of `shipping_address`, `billing_address`, `contact`, `external_id` and \
            `metadata`; null removes a value. It is possible until the order is fulfilled or cancelled. The response has personal \
            data only for callers who may read orders.",
        parameters: &["OrderId", "IfMatch", "OptionalIdempotencyKey"],
        body: Some(RequestBody { schema: "OrderChange", example: examples::status_change() }),
        responses: vec![Success {
            status: "200",
            description: "The order at its new version",
            headers: &["Cache-Control", "ETag", "Idempotent-Replayed", "X-Request-Id"],
            content: Content::Json { schema: "Order", example: examples::paid_order() },
        }],
    }
}
