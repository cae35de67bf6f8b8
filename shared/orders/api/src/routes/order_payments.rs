//! Handler of the function that serves the routes of payments and refunds.

use super::{charge_order, list_refunds, request_refund};
use crate::telemetry;
use kernel::{ErrorChain, Timestamp};
use orders_domain::ports::{EventPublisher, Orders, PaymentTasks, ProviderQueue, StockSettlements};
use orders_domain::{OrderRecord, advance_payment};
use platform_http::{Caller, Handler, Problem, Request, Response, Route, request_span};
use std::sync::Arc;
use tracing::Span;

/// Name of the function.
pub(super) const FUNCTION: &str = "order-payments";

/// Dependencies of the handler.
#[derive(Debug)]
pub struct OrderPayments<O, Q, S, E> {
    /// Orders.
    pub orders: O,
    /// Queue of requests to payment providers.
    pub queue: Q,
    /// Stock into which units of refunds come back.
    pub stock: S,
    /// Publication after the response.
    pub events: E,
}

/// Response to a request that has written, and the order with work for after it.
pub(super) struct Written {
    pub(super) response: Response,
    pub(super) record: OrderRecord,
    pub(super) is_replay: bool,
}

impl<O, Q, S, E> Handler for OrderPayments<O, Q, S, E>
where
    O: Orders + PaymentTasks + Send + Sync + 'static,
    Q: ProviderQueue + Send + Sync + 'static,
    S: StockSettlements + Send + Sync + 'static,
    E: EventPublisher + Send + Sync + 'static,
{
    const ACTION: &'static str = FUNCTION;

    type Caller = Caller;

    fn routes(&self) -> &'static [Route] {
        super::ROUTES
    }

    fn span(&self, request: &Request) -> Span {
        let routes = [&request_refund::ROUTE, &charge_order::ROUTE];
        let id = routes.into_iter().find_map(|route| super::order_id_of(route, request));
        request_span!(self, request, order_id = id.map(tracing::field::display))
    }

    async fn handle(self: Arc<Self>, request: Arc<Request>, caller: Caller) -> Result<Response, Problem> {
        let is = |route: &Route| route.handles(request.method().as_str(), request.path());
        let written = if is(&request_refund::ROUTE) {
            request_refund::handle(&self.orders, &request, &caller).await?
        } else if is(&charge_order::ROUTE) {
            charge_order::handle(&self.orders, &request, &caller).await?
        } else {
            return list_refunds::handle(&self.orders, &request, &caller).await;
        };
        let Written { response, record, is_replay } = written;
        telemetry::count_idempotency(is_replay);
        Ok(response.after_response(self.finish(record, is_replay, request.received_at())))
    }
}

impl<O, Q, S, E> OrderPayments<O, Q, S, E>
where
    O: Orders + PaymentTasks,
    Q: ProviderQueue,
    S: StockSettlements,
    E: EventPublisher,
{
    /// Asks the provider, and puts units back on sale. The order has decided, so that a failure changes no answer: the sweeper
    /// tries again, and so it does for a request that is repeated.
    async fn finish(self: Arc<Self>, record: OrderRecord, is_replay: bool, now: Timestamp) {
        let record = if is_replay { record } else { self.advance(record, now).await };
        let outcome = self.events.publish_pending(&record, now).await;
        telemetry::log_unpublished(&outcome);
    }

    async fn advance(&self, record: OrderRecord, now: Timestamp) -> OrderRecord {
        let advanced = advance_payment(&self.orders, &self.queue, &self.stock, record.clone(), now).await;
        match advanced {
            Ok(advanced) => advanced.record,
            Err(error) => {
                telemetry::log_unadvanced(&ErrorChain(&error));
                record
            }
        }
    }
}
