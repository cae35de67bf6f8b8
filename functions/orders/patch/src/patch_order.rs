//! The way of a status change.

use orders_domain::{Change, OrderRecord, StatusChange, announce, change_status};
use orders_documentdb::DocumentDb;
use orders_eventbridge::EventBridgePublisher;
use platform_http::{Answer, Call, Handler, Problem, status_request};
use platform_telemetry::{announced, metrics};
use std::sync::Arc;

/// What changing an order needs.
pub(crate) struct PatchOrder {
    pub(crate) orders: DocumentDb,
    pub(crate) events: EventBridgePublisher,
}

impl Handler for PatchOrder {
    const ACTION: &'static str = "patch-order";

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

        match changed {
            Change::Applied(record) => {
                callers_key.inspect(|_| metrics::idempotency(false));
                metrics::state_transition(record.previous_status(), target);
                Ok(Answer::ok(record.order()).afterwards(self.announce(record, call)))
            }
            Change::Replayed { then, record } => {
                callers_key.as_ref().inspect(|_| metrics::idempotency(true));
                let answer = Answer::ok(&then).replayed(callers_key.is_some());
                Ok(answer.afterwards(self.announce(record, call)))
            }
            Change::NotFound => Err(Problem::OrderNotFound),
            Change::VersionConflict { current } => Err(Problem::VersionConflict { current }),
            Change::InvalidTransition { from } => Err(Problem::InvalidTransition { from, to: target }),
            Change::KeyReused => Err(Problem::IdempotencyKeyReused),
        }
    }
}

impl PatchOrder {
    /// Publishes what the order's outbox holds, which is nothing after most replays.
    async fn announce(self: Arc<Self>, record: OrderRecord, call: Arc<Call>) {
        let outcome = announce(&self.events, &self.orders, &record, call.received_at()).await;
        announced(call.request_id(), record.order().id(), &outcome);
    }
}
