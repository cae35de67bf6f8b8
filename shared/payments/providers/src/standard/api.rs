//! API of `standard`: JSON over HTTP. The README of the payment provider in `localstack` describes it.
//!
//! Its idempotency keys never expire, so that a request can be repeated at any time.

use super::money_in;
use crate::InvalidNotification;
use crate::api::{Call, NoOutcome, Response, answer_in, identify, new_call, refused, segment};
use crate::document::Document;
use http::Method;
use kernel::Timestamp;
use payments_domain::{Account, Answer, Operation, ProviderRequest, Statement};
use serde_json::json;

const ID: &str = "/id";
const STATUS: &str = "/status";
const AMOUNT: &str = "/amount";
const CAPTURED: &str = "/captured";
const CURRENCY: &str = "/currency";
const REASON: &str = "/reason";
const TYPE: &str = "/type";
/// End of the type of a problem: the key has another request.
const KEY_REUSED: &str = "idempotency-key-reused";

/// Returns the only call of a request.
pub(crate) fn call(account: &Account, request: &ProviderRequest) -> Call {
    let (path, mut body) = match &request.operation {
        Operation::Charge { token, capture, money } => {
            let (amount, currency) = (money.amount().to_string(), money.currency());
            let body = json!({ "amount": amount, "currency": currency.code(), "token": token.expose(),
                "capture": capture });
            ("/v1/payments".to_owned(), body)
        }
        Operation::Capture { payment, money } => {
            let path = format!("/v1/payments/{}/capture", segment(payment));
            (path, json!({ "amount": money.amount().to_string() }))
        }
        Operation::Refund { payment, money } => {
            let (amount, currency) = (money.amount().to_string(), money.currency());
            let body =
                json!({ "payment_id": payment.as_str(), "amount": amount, "currency": currency.code() });
            ("/v1/refunds".to_owned(), body)
        }
        Operation::Void { payment } => ("/v1/voids".to_owned(), json!({ "payment_id": payment.as_str() })),
    };
    body["order_id"] = request.order.as_str().into();
    body["request_id"] = request.id.as_str().into();
    let mut call = new_call(account, Method::POST, &path, "application/json");
    identify(&mut call, request);
    call.body = body.to_string();
    call
}

/// Reads the response.
pub(crate) fn answer(
    request: &ProviderRequest,
    response: &Response<'_>,
    now: Timestamp,
) -> Result<Answer, NoOutcome> {
    let status = response.status;
    let unreadable = |source| NoOutcome::Body { status, source };
    let document = Document::parse(response.body).map_err(unreadable)?;
    if status.is_success() {
        return outcome(request, document, now).map_err(unreadable);
    }
    let problem: Option<String> = document.text(TYPE).map(str::to_owned);
    if problem.as_ref().is_some_and(|problem| problem.ends_with(KEY_REUSED)) {
        return Err(NoOutcome::KeyReused);
    }
    let reason = document.reason(REASON).or_else(|| document.reason("/title"));
    // Any other body can be of a proxy, or of an address that is not the API.
    match reason.or_else(|| document.reason(TYPE)) {
        Some(reason) => Ok(refused(request, None, Some(reason), now)),
        None => Err(NoOutcome::Status(status)),
    }
}

/// Reads a payment, or a refund.
fn outcome(
    request: &ProviderRequest,
    mut document: Document,
    now: Timestamp,
) -> Result<Answer, InvalidNotification> {
    let status: String = document.required(STATUS).unwrap_or_default();
    let (payment, statement) = match request.operation {
        Operation::Refund { .. } => (None, refund(&mut document, &status)),
        Operation::Charge { .. } | Operation::Capture { .. } | Operation::Void { .. } => {
            (document.required(ID), payment(&mut document, &status))
        }
    };
    answer_in(document, request, payment, statement, now)
}

/// Returns the statement of a payment; `None` when the document has faults, or the provider has no outcome yet.
fn payment(document: &mut Document, status: &str) -> Option<Statement> {
    match status {
        "processing" => None,
        "captured" => {
            let amount = if document.text(CAPTURED).is_some() { CAPTURED } else { AMOUNT };
            money_in(document, CURRENCY, amount).map(Statement::Captured)
        }
        "authorized" => {
            let until = document.optional("/authorized_until");
            let money = money_in(document, CURRENCY, AMOUNT)?;
            Some(Statement::Authorized { money, until })
        }
        "failed" => Some(Statement::Failed(document.reason(REASON))),
        "voided" => Some(Statement::Voided),
        _ => document.fault(STATUS, "must be the status of a payment, such as \"captured\""),
    }
}

/// Returns the statement of a refund; `None` when the document has faults.
fn refund(document: &mut Document, status: &str) -> Option<Statement> {
    let refund = document.required(ID);
    match status {
        "succeeded" => {
            let money = money_in(document, CURRENCY, AMOUNT);
            Some(Statement::Refunded { refund: refund?, money: money? })
        }
        "pending" => Some(Statement::RefundPending { refund: refund? }),
        "failed" => Some(Statement::RefundFailed { refund: refund?, reason: document.reason(REASON) }),
        _ => document.fault(STATUS, "must be the status of a refund, such as \"succeeded\""),
    }
}
