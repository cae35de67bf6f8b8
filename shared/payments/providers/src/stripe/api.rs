//! API of Stripe, version 2025-03-31.basil: <https://docs.stripe.com/api>.
//!
//! Its idempotency keys expire after 24 hours. A repeated capture or void has its effect once, by the status of the payment. A
//! late refund is looked for first, and a late charge is not made.

use super::amounts::amount_of;
use super::objects;
use crate::InvalidNotification;
use crate::api::{Call, NoOutcome, Response, Step, answer_in, identify, new_call, refused, segment};
use crate::document::Document;
use http::{HeaderValue, Method};
use kernel::Timestamp;
use payments_domain::{Account, Answer, ObjectId, Operation, ProviderRequest};
use std::time::Duration;
use url::form_urlencoded::Serializer;

const VERSION: &str = "2025-03-31.basil";
const FORM: &str = "application/x-www-form-urlencoded";

/// Age of a request from which on its idempotency key may have expired, with a margin of four hours.
const MAX_AGE: Duration = Duration::from_hours(20);

const INTENT_OF_ERROR: &str = "/error/payment_intent";

/// Returns the first step of a request.
pub(crate) fn first_step(account: &Account, request: &ProviderRequest, now: Timestamp) -> Step {
    let is_late = request.requested_at.after(MAX_AGE) < now;
    match &request.operation {
        Operation::Charge { .. } if is_late => refuse(request, "request_expired", now),
        Operation::Refund { payment, .. } if is_late => Step::Call(list_of_refunds(account, payment)),
        _ => perform(account, request, now),
    }
}

/// Returns the step after a call.
pub(crate) fn next_step(
    account: &Account,
    request: &ProviderRequest,
    call: &Call,
    response: &Response<'_>,
    now: Timestamp,
) -> Result<Step, NoOutcome> {
    let status = response.status;
    let unreadable = |source| NoOutcome::Body { status, source };
    let mut document = Document::parse(response.body).map_err(unreadable)?;
    if !status.is_success() {
        return refusal(request, document, response, now).map(Step::Answer);
    }
    if call.method == Method::GET {
        return match earlier_refund(&mut document, request) {
            Some(at) => {
                let statement = objects::refund(&mut document, &at);
                answer_in(document, request, None, statement, now).map(Step::Answer).map_err(unreadable)
            }
            None if document.is_true("/has_more") => Err(NoOutcome::TooManyRefunds),
            // Only after a list that was read.
            None => document.checked(()).map(|()| perform(account, request, now)).map_err(unreadable),
        };
    }
    outcome(request, document, now).map(Step::Answer).map_err(unreadable)
}

/// Returns the call that performs the operation, or the refusal of an amount that Stripe can't count.
fn perform(account: &Account, request: &ProviderRequest, now: Timestamp) -> Step {
    let amount = match request.operation.money().map(amount_of) {
        Some(None) => return refuse(request, "amount_not_supported", now),
        Some(Some(amount)) => amount.to_string(),
        None => String::new(),
    };
    let mut form = Serializer::new(String::new());
    let path = match &request.operation {
        Operation::Charge { token, capture, money } => {
            form.append_pair("amount", &amount)
                .append_pair("currency", &money.currency().code().to_ascii_lowercase())
                .append_pair("payment_method", token.expose())
                .append_pair("confirm", "true")
                .append_pair("capture_method", if *capture { "automatic" } else { "manual" })
                .append_pair("automatic_payment_methods[enabled]", "true")
                .append_pair("automatic_payment_methods[allow_redirects]", "never");
            append_metadata(&mut form, request);
            "/v1/payment_intents".to_owned()
        }
        Operation::Capture { payment, .. } => {
            form.append_pair("amount_to_capture", &amount);
            format!("/v1/payment_intents/{}/capture", segment(payment))
        }
        Operation::Refund { payment, .. } => {
            form.append_pair("payment_intent", payment.as_str()).append_pair("amount", &amount);
            append_metadata(&mut form, request);
            "/v1/refunds".to_owned()
        }
        Operation::Void { payment } => format!("/v1/payment_intents/{}/cancel", segment(payment)),
    };
    let mut call = versioned(account, Method::POST, &path);
    identify(&mut call, request);
    call.body = form.finish();
    Step::Call(call)
}

/// Adds what the webhooks repeat. A capture and a void would replace the metadata of the charge.
fn append_metadata(form: &mut Serializer<'_, String>, request: &ProviderRequest) {
    form.append_pair("metadata[order_id]", request.order.as_str())
        .append_pair("metadata[request_id]", request.id.as_str());
}

fn list_of_refunds(account: &Account, payment: &ObjectId) -> Call {
    let mut query = Serializer::new(String::new());
    query.append_pair("payment_intent", payment.as_str()).append_pair("limit", "100");
    versioned(account, Method::GET, &format!("/v1/refunds?{}", query.finish()))
}

fn versioned(account: &Account, method: Method, path: &str) -> Call {
    let mut call = new_call(account, method, path, FORM);
    call.headers.insert("stripe-version", HeaderValue::from_static(VERSION));
    call
}

/// Returns the pointer to the refund in a list that an earlier attempt has made.
fn earlier_refund(document: &mut Document, request: &ProviderRequest) -> Option<String> {
    let length = document.length("/data")?;
    (0..length)
        .map(|index| format!("/data/{index}"))
        .find(|at| document.text(&format!("{at}/metadata/request_id")) == Some(request.id.as_str()))
}

/// Reads the object of a successful call.
fn outcome(
    request: &ProviderRequest,
    mut document: Document,
    now: Timestamp,
) -> Result<Answer, InvalidNotification> {
    let (payment, statement) = match request.operation {
        Operation::Refund { .. } => (None, objects::refund(&mut document, "")),
        Operation::Charge { .. } | Operation::Capture { .. } | Operation::Void { .. } => {
            (document.required("/id"), objects::payment_intent(&mut document, ""))
        }
    };
    answer_in(document, request, payment, statement, now)
}

/// Reads an error: <https://docs.stripe.com/api/errors>.
fn refusal(
    request: &ProviderRequest,
    mut document: Document,
    response: &Response<'_>,
    now: Timestamp,
) -> Result<Answer, NoOutcome> {
    let status = response.status;
    // Any other body can be of a proxy, or of an address that is not the API.
    let Some(kind) = document.reason("/error/type") else { return Err(NoOutcome::Status(status)) };
    if kind.as_str() == "idempotency_error" {
        return Err(NoOutcome::KeyReused);
    }
    let intent_status = document.text(&format!("{INTENT_OF_ERROR}/status"));
    // A capture or a void whose idempotency key has expired: the payment shows what the first attempt has done.
    let is_decided = matches!(intent_status, Some("succeeded" | "canceled"));
    if is_decided && matches!(request.operation, Operation::Capture { .. } | Operation::Void { .. }) {
        let statement = objects::payment_intent(&mut document, INTENT_OF_ERROR);
        let unreadable = |source| NoOutcome::Body { status, source };
        return answer_in(document, request, None, statement, now).map_err(unreadable);
    }
    let payment = document.text(&format!("{INTENT_OF_ERROR}/id")).and_then(|id| id.parse().ok());
    let reason = objects::failure(&document, "/error").unwrap_or(kind);
    Ok(refused(request, payment, Some(reason), now))
}

fn refuse(request: &ProviderRequest, reason: &str, now: Timestamp) -> Step {
    Step::Answer(refused(request, None, reason.parse().ok(), now))
}
