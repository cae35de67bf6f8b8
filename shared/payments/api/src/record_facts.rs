//! Handler of the queue `PaymentFacts`: gives the answers of providers to their orders.

use crate::reports::report_mismatch;
use kernel::{ErrorChain, IdempotencyKey, SERVICE_NAME, Timestamp};
use payments_domain::ports::{FactEffect, OrderPayments, Reported, UnmatchedNotifications};
use payments_domain::{Received, receive_notification};
use payments_json::FactMessage;

/// Dependencies of the handler.
#[derive(Debug)]
pub struct RecordFacts<O, U> {
    /// Orders.
    pub orders: O,
    /// Answers without an order.
    pub unmatched: U,
}

impl<O: OrderPayments, U: UnmatchedNotifications> RecordFacts<O, U> {
    /// Gives the answer of a message to its order, publishes the events of the order, and logs the outcome. Returns `false` for
    /// another delivery.
    pub async fn handle(&self, message_id: &str, body: &str, now: Timestamp) -> bool {
        let (message, request) = match (FactMessage::read(body), message_id.parse::<IdempotencyKey>()) {
            (Ok(message), Ok(request)) => (message, request),
            (Err(error), _) => return unreadable(message_id, &error),
            (_, Err(error)) => return unreadable(message_id, &error),
        };
        let FactMessage { tenant, provider, notification } = &message;
        let reported = Reported {
            tenant,
            provider: *provider,
            notification,
            request: &request,
            at: now,
            traceparent: None,
        };
        let outcome = match receive_notification(&self.orders, &self.unmatched, &reported).await {
            Ok(Received::Recorded { written, effect }) => {
                self.orders.publish(written, now).await;
                if effect == FactEffect::Mismatched {
                    report_mismatch(notification);
                }
                if effect == FactEffect::Known { "known" } else { "recorded" }
            }
            Ok(Received::NotOurs) => "not_ours",
            Ok(Received::Unmatched) => "unmatched",
            Ok(Received::TooEarly) => "too_early",
            Err(error) => {
                let error = ErrorChain(&error).to_string();
                tracing::error!(target: SERVICE_NAME, message_id, error, "an answer of a provider is not recorded");
                count(provider.as_str(), "unavailable");
                return false;
            }
        };
        count(provider.as_str(), outcome);
        log(message_id, &message, outcome);
        outcome != "too_early"
    }
}

fn log(message_id: &str, FactMessage { tenant, provider, notification }: &FactMessage, outcome: &str) {
    let order_id = notification.subject.order.as_ref().map(tracing::field::display);
    let request_id = notification.fact.request.as_ref().map(tracing::field::display);
    let (provider, kind) = (provider.as_str(), notification.fact.statement.kind());
    if matches!(outcome, "known" | "recorded") {
        tracing::info!(
            target: SERVICE_NAME, message_id, %tenant, order_id, request_id, provider, kind, outcome,
            "an answer of a provider is recorded"
        );
    } else {
        tracing::error!(
            target: SERVICE_NAME, message_id, %tenant, order_id, request_id, provider, kind, outcome,
            "an answer of a provider has no order"
        );
    }
}

fn unreadable(message_id: &str, error: &dyn std::error::Error) -> bool {
    count("unknown", "unreadable");
    tracing::error!(target: SERVICE_NAME, message_id, %error, "an answer of a provider can't be read");
    false
}

/// Counts an answer: `payment_facts_total`.
fn count(provider: &'static str, outcome: &'static str) {
    metrics::counter!("payment_facts_total", "provider" => provider, "outcome" => outcome).increment(1);
}
