//! Handler of the queue `PaymentRequests`: carries out the requests of orders at their providers.

use kernel::{ErrorChain, PortError, SERVICE_NAME, Timestamp};
use payments_domain::ports::{AnswerQueue, CallError, ProviderApi};
use payments_domain::{Answered, Operation, ProviderRequest, answer_request};
use payments_json::read_request;

/// Outcome of a message that is too old.
const OUTDATED: &str = "outdated";

/// Dependencies of the handler.
#[derive(Debug)]
pub struct CallProvider<P, A> {
    /// APIs of the providers.
    pub provider: P,
    /// Queue of the answers.
    pub answers: A,
}

impl<P: ProviderApi, A: AnswerQueue> CallProvider<P, A> {
    /// Carries out the request of a message, and logs the outcome. Returns `false` for another delivery; the queue keeps a message
    /// that is refused every time as a dead letter.
    pub async fn handle(&self, message_id: &str, body: &str, now: Timestamp) -> bool {
        let request = match read_request(body) {
            Ok(request) => request,
            Err(error) => {
                // Not the message: it can have a token.
                count("unknown", "unknown", "unreadable");
                tracing::error!(target: SERVICE_NAME, message_id, %error, "a request to a provider can't be read");
                return false;
            }
        };
        if request.is_outdated(now) {
            count(request.provider.as_str(), request.operation.as_str(), OUTDATED);
            log(message_id, &request, OUTDATED, None);
            return true;
        }
        let answered = answer_request(&self.provider, &self.answers, &request, now).await;
        let outcome = match &answered {
            Ok(Answered::Done) => "done",
            Ok(Answered::Refused) => "refused",
            Ok(Answered::NothingYet) => "nothing_yet",
            Err(CallError::NoAccount { .. } | CallError::KeyRejected { .. }) => "account_rejected",
            Err(CallError::Port(PortError::Unavailable { .. })) => "unavailable",
            Err(CallError::Port(PortError::Unreadable { .. })) => "unreadable",
        };
        count(request.provider.as_str(), request.operation.as_str(), outcome);
        // A declined charge is the buyer's affair, and means that the order is not paid.
        if outcome == "refused" && !matches!(request.operation, Operation::Charge { .. }) {
            metrics::counter!("payment_requests_refused_total").increment(1);
        }
        log(message_id, &request, outcome, answered.as_ref().err());
        answered.is_ok()
    }
}

fn log(message_id: &str, request: &ProviderRequest, outcome: &str, error: Option<&CallError>) {
    let ProviderRequest { tenant, order, id, provider, operation, .. } = request;
    let (provider, operation) = (provider.as_str(), operation.as_str());
    let error = error.map(|error| ErrorChain(error).to_string());
    macro_rules! line {
        ($level:ident, $text:literal) => {
            tracing::$level!(
                target: SERVICE_NAME,
                message_id, %tenant, order_id = %order, request_id = %id, provider, operation, outcome, error, $text
            )
        };
    }
    match (error.is_some(), outcome) {
        (true, _) => line!(error, "a request to a provider has no answer"),
        (false, "refused") => line!(warn, "a provider has refused a request"),
        (false, OUTDATED) => line!(warn, "a message is too old: its order has sent the request again"),
        (false, _) => line!(info, "a request to a provider is answered"),
    }
}

/// Counts a request: `payment_requests_total`.
fn count(provider: &'static str, operation: &'static str, outcome: &'static str) {
    metrics::counter!(
        "payment_requests_total", "provider" => provider, "operation" => operation, "outcome" => outcome
    )
    .increment(1);
}
