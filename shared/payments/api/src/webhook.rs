//! `POST /webhooks/payments/{provider}/{endpoint}`: receives a notification of a payment provider.

use crate::problems;
use crate::reports::{report_failed_refund, report_mismatch};
use kernel::{ErrorChain, PortError, SERVICE_NAME};
use payments_domain::ports::{Endpoints, FactEffect, OrderPayments, Reported, UnmatchedNotifications};
use payments_domain::{Endpoint, EndpointId, Provider, Received, Statement, receive_notification};
use payments_providers::{InvalidSignature, Webhook, notification, verify};
use platform_http::openapi::{Content, Operation, RequestBody, Success};
use platform_http::{Access, Anyone, Handler, Problem, ProblemType, Request, Response, Route};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Route of the handler.
pub const WEBHOOK: Route = Route {
    methods: &["POST"],
    path: PATH,
    function: "receive-payment",
    access: Access::Public,
    problems: &[
        ProblemType::OF_STORES,
        &[
            ProblemType::BODY_TOO_LARGE,
            ProblemType::MALFORMED_BODY,
            ProblemType::INVALID_BODY,
            problems::INVALID_SIGNATURE,
        ],
    ],
    describe,
};

const PATH: &str = "/webhooks/payments/{provider}/{endpoint}";

/// Dependencies of the handler.
#[derive(Debug)]
pub struct ReceiveWebhook<E, O, U> {
    /// Endpoints and their secrets.
    pub endpoints: E,
    /// Orders.
    pub orders: Arc<O>,
    /// Notifications without an order.
    pub unmatched: U,
    /// Maximum difference between the time of a signature and its arrival, in both directions.
    pub tolerance: Duration,
}

impl<E, O, U> Handler for ReceiveWebhook<E, O, U>
where
    E: Endpoints + Send + Sync + 'static,
    O: OrderPayments + Send + Sync + 'static,
    U: UnmatchedNotifications + Send + Sync + 'static,
{
    const ACTION: &'static str = "receive-payment";

    type Caller = Anyone;

    fn routes(&self) -> &'static [Route] {
        crate::ROUTES
    }

    async fn handle(self: Arc<Self>, request: Arc<Request>, _: Anyone) -> Result<Response, Problem> {
        let body = request.body_as_sent()?;
        let (provider, id) = address(&request).ok_or_else(problems::invalid_signature)?;
        let endpoint = self.verified(provider, &id, &request, body).await?;
        let notification = notification(provider, body).map_err(|error| {
            count(provider, "unreadable");
            metrics::counter!("payments_unreadable_total").increment(1);
            tracing::error!(target: SERVICE_NAME, error = %ErrorChain(&error), "a signed webhook can't be read");
            problems::of_notification(error)
        })?;
        let Some(notification) = notification else {
            count(provider, "not_ours");
            return Ok(Response::no_content());
        };
        let traceparent = request.traceparent();
        let reported = Reported {
            tenant: &endpoint.tenant,
            provider,
            notification: &notification,
            request: &request.generated_key()?,
            at: request.received_at(),
            traceparent: traceparent.as_ref(),
        };
        let received = receive_notification(&*self.orders, &self.unmatched, &reported).await;
        match received.map_err(|error| Problem::of_port(&error, &error))? {
            Received::Recorded { written, effect } => {
                count(provider, if effect == FactEffect::Known { "known" } else { "recorded" });
                if effect == FactEffect::Mismatched {
                    report_mismatch(&notification);
                }
                let is_failed = matches!(notification.fact.statement, Statement::RefundFailed { .. });
                if is_failed && effect != FactEffect::Known {
                    report_failed_refund(&notification);
                }
                let (orders, now) = (Arc::clone(&self.orders), request.received_at());
                let publish = async move { orders.publish(written, now).await };
                Ok(Response::no_content().after_response(publish))
            }
            Received::NotOurs => {
                count(provider, "not_ours");
                Ok(Response::no_content())
            }
            Received::Unmatched => {
                count(provider, "unmatched");
                tracing::error!(target: SERVICE_NAME, payment = %notification.subject.payment, "no order has the payment");
                Ok(Response::no_content())
            }
            Received::TooEarly => {
                count(provider, "too_early");
                Err(problems::too_early())
            }
        }
    }
}

impl<E: Endpoints, O, U> ReceiveWebhook<E, O, U> {
    /// Returns the endpoint whose secrets have signed the request. A wrong signature can be of a secret that was rotated, so
    /// that the endpoint is read again.
    async fn verified(
        &self,
        provider: Provider,
        id: &EndpointId,
        request: &Request,
        body: &[u8],
    ) -> Result<Endpoint, Problem> {
        let webhook = Webhook { headers: request.headers(), body, received_at: request.received_at() };
        let is_signed = |endpoint: &Endpoint| verify(provider, &webhook, &endpoint.secrets, self.tolerance);
        let of_port = |error: PortError| Problem::of_port(&error, &error);
        let found = self.endpoints.find(id).await.map_err(of_port)?;
        let reason = match found.filter(|found| found.provider == provider) {
            Some(endpoint) => match is_signed(&endpoint) {
                Ok(()) => return Ok(endpoint),
                Err(reason) => Some(reason),
            },
            None => None,
        };
        // Another secret changes nothing about a header.
        if matches!(reason, None | Some(InvalidSignature::NoMatch | InvalidSignature::UnusableSecret)) {
            let renewed = self.endpoints.renewed(id).await.map_err(of_port)?;
            let renewed = renewed.filter(|found| found.provider == provider);
            if let Some(endpoint) = renewed.filter(|endpoint| is_signed(endpoint).is_ok()) {
                return Ok(endpoint);
            }
        }
        count(provider, "invalid_signature");
        let error = reason.as_ref().map(|reason| ErrorChain(reason).to_string());
        tracing::warn!(target: SERVICE_NAME, endpoint = id.as_str(), error, "a webhook is not accepted");
        Err(problems::invalid_signature())
    }
}

/// Returns the provider and the endpoint of the path.
fn address(request: &Request) -> Option<(Provider, EndpointId)> {
    let (provider, endpoint) = request.path().strip_prefix("/webhooks/payments/")?.split_once('/')?;
    Some((provider.parse().ok()?, endpoint.parse().ok()?))
}

/// Counts a webhook: `payment_webhooks_total`.
fn count(provider: Provider, outcome: &'static str) {
    metrics::counter!("payment_webhooks_total", "provider" => provider.as_str(), "outcome" => outcome)
        .increment(1);
}

fn describe() -> Operation {
    Operation {
        id: "receivePaymentWebhook",
        tag: "Payments",
        summary: "Receive a notification of a payment provider",
        description: "For payment providers only: the path and the secret are those of an endpoint that the operator has made. \
            `standard` signs by Standard Webhooks 1.0.0, `stripe` by `Stripe-Signature`. A repeated notification, one about another \
            shop's money and a type that means nothing to orders are answered like a new fact.",
        parameters: &["PaymentProvider", "PaymentEndpoint"],
        body: Some(RequestBody {
            schema: "PaymentNotification",
            example: json!({
                "type": "payment.captured",
                "timestamp": "2026-01-31T09:31:00Z",
                "data": {
                    "order_id": "019c1363-49c0-7000-8000-000000000001",
                    "payment_id": "pay_1",
                    "amount": "19.98",
                    "currency": "USD",
                },
            }),
        }),
        responses: vec![Success {
            status: "204",
            description: "Nothing more has to be sent",
            headers: &["Cache-Control", "X-Request-Id"],
            content: Content::Empty,
        }],
    }
}
