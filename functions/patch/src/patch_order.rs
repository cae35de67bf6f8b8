//! The way of a status change.

use orders::{Change, OrderRecord, StatusChange, announce, change_status};
use orders_documentdb::DocumentDb;
use orders_eventbridge::EventBridgePublisher;
use orders_http::{Answer, Call, Handler, Problem, status_request};
use orders_telemetry::{announced, metrics};
use std::sync::Arc;

/// What changing an order needs.
pub(crate) struct PatchOrder {
    pub(crate) orders: DocumentDb,
    pub(crate) events: EventBridgePublisher,
}

impl Handler for PatchOrder {
    const ACTION: &'static str = "patch_order";

    async fn handle(self: Arc<Self>, call: Arc<Call>) -> Result<Answer, Problem> {
        let order_id = call.order_id()?;
        let body = call.json_body()?;
        let expected = call.expected_version()?;
        let callers_key = call.idempotency_key()?;
        let target = status_request(body)?.status;
        let change = StatusChange {
            tenant: call.tenant(),
            order_id,
            expected,
            target,
            // Without a key of the caller's, one that recognises our own repetitions.
            key: callers_key.clone().map_or_else(|| call.own_key(), Ok)?,
            at: call.received_at(),
            traceparent: call.traceparent(),
        };

        let changed = change_status(&self.orders, &change).await?;

        if callers_key.is_some() {
            metrics::idempotency(matches!(changed, Change::Replayed(_)));
        }
        match changed {
            Change::Applied(record) => Ok(self.applied(record)),
            Change::Replayed(order) => Ok(Answer::ok(&order).replayed(callers_key.is_some())),
            Change::NotFound => Err(Problem::OrderNotFound),
            Change::VersionConflict { current } => Err(Problem::VersionConflict { current }),
            Change::InvalidTransition { from } => Err(Problem::InvalidTransition { from, to: target }),
            Change::KeyReused => Err(Problem::IdempotencyKeyReused),
        }
    }
}

impl PatchOrder {
    fn applied(self: Arc<Self>, record: OrderRecord) -> Answer {
        let order = record.order();
        let previous = record.history().iter().rev().nth(1);
        metrics::state_transition(previous.map(|transition| transition.status), order.status());
        Answer::ok(order).afterwards(async move {
            announced(record.order().id(), &announce(&self.events, &self.orders, &record).await);
        })
    }
}
