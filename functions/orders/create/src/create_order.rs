//! The way of a new order.

use orders_domain::{Fingerprint, Order, OrderId, announce, place_order};
use orders_documentdb::DocumentDb;
use orders_dynamodb::DynamoDbClaims;
use orders_eventbridge::EventBridgePublisher;
use platform_http::{Answer, Call, Handler, Problem, order_request};
use platform_telemetry::{announced, metrics};
use std::sync::Arc;
use std::time::Duration;

/// What placing an order needs.
pub(crate) struct CreateOrder {
    pub(crate) claims: DynamoDbClaims,
    pub(crate) orders: DocumentDb,
    pub(crate) events: EventBridgePublisher,
    pub(crate) ttl: Duration,
}

impl Handler for CreateOrder {
    const ACTION: &'static str = "create-order";

    async fn handle(self: Arc<Self>, call: Arc<Call>) -> Result<Answer, Problem> {
        let body = call.json_body()?;
        let key = call.idempotency_key()?.ok_or(Problem::IdempotencyKeyMissing)?;
        let request = order_request(body)?;
        let fingerprint = Fingerprint::of(&request);
        let id = OrderId::v7(call.received_at(), entropy()?);
        let order = Order::place(request, call.tenant(), id, call.received_at());
        let (claims, orders, trace) = (&self.claims, &self.orders, call.traceparent());

        let placed = place_order(claims, orders, order, &key, fingerprint, self.ttl, trace).await?;

        metrics::idempotency(placed.replayed);
        let answer = Answer::created(&placed.order).replayed(placed.replayed);
        let Some(record) = placed.unannounced else {
            return Ok(answer);
        };
        metrics::state_transition(None, placed.order.status());
        Ok(answer.afterwards(async move {
            let outcome = announce(&self.events, &self.orders, &record, call.received_at()).await;
            announced(call.request_id(), placed.order.id(), &outcome);
        }))
    }
}

/// The random part of an order's id, from the operating system.
fn entropy() -> Result<[u8; 10], Problem> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).map_err(|error| Problem::Internal { cause: error.to_string() })?;
    Ok(bytes)
}
