//! Providers that sign by Standard Webhooks 1.0.0.
//!
//! An id can have dots, although the specification advises against them: the signed text `{id}.{timestamp}.{body}` can only be
//! divided in another way when a body begins with digits and a dot, and such a body is no notification.

pub(crate) mod api;

use crate::document::Document;
use crate::signature::{has_match, header, mac, verify_time};
use crate::{InvalidNotification, InvalidSignature, Webhook};
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, Engine as _};
use kernel::{Currency, Money, Price};
use payments_domain::{Notification, Outcome, Statement, WebhookSecrets};
use std::time::Duration;

const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
const SECRET_PREFIX: &str = "whsec_";

/// Base64 of a secret. Libraries accept secrets with and without padding.
const SECRET: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const AMOUNT: &str = "/data/amount";
const OUTCOME: &str = "/data/outcome";
const REASON: &str = "/data/reason";
const REFUND: &str = "/data/refund_id";
const UNTIL: &str = "/data/authorized_until";
const REQUEST: &str = "/data/request_id";
const DISPUTE: &str = "/data/dispute_id";

/// Verifies the signatures of version `v1`; others, such as `v1a`, are ignored.
pub(crate) fn verify(
    webhook: &Webhook<'_>,
    secrets: &WebhookSecrets,
    tolerance: Duration,
) -> Result<(), InvalidSignature> {
    let id = header(webhook.headers, ID)?;
    let timestamp = header(webhook.headers, TIMESTAMP)?;
    let signatures = header(webhook.headers, SIGNATURE)?;
    if !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(InvalidSignature::MalformedHeader(ID));
    }
    verify_time(TIMESTAMP, timestamp, webhook.received_at, tolerance)?;
    let keys: Vec<_> = secrets.iter().map(key).collect();
    let signed = [id.as_bytes(), b".", timestamp.as_bytes(), b".", webhook.body];
    let expected: Vec<_> = keys.iter().flatten().map(|key| STANDARD.encode(mac(key, &signed))).collect();
    let of_version_1 = signatures.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
    if has_match(of_version_1, &expected) {
        Ok(())
    } else if keys.contains(&None) {
        Err(InvalidSignature::UnusableSecret)
    } else {
        Err(InvalidSignature::NoMatch)
    }
}

fn key(secret: &str) -> Option<Vec<u8>> {
    let base64 = secret.strip_prefix(SECRET_PREFIX).unwrap_or(secret);
    SECRET.decode(base64).ok().filter(|key| !key.is_empty())
}

/// Reads a body `{"type", "timestamp", "data": {"payment_id", "order_id"?, …}}`.
pub(crate) fn notification(body: &[u8]) -> Result<Option<Notification>, InvalidNotification> {
    let mut document = Document::parse(body)?;
    let kind: String = document.required("/type").unwrap_or_default();
    let statement = statement(&mut document, &kind);
    if statement.is_none() && document.is_valid() {
        return Ok(None);
    }
    let payment = document.required("/data/payment_id");
    let order = document.optional("/data/order_id");
    let occurred_at = document.required("/timestamp");
    let request = document.optional(REQUEST);
    document.finish(statement, payment, order, request, occurred_at)
}

/// Returns the statement of an event; `None` when the document has faults, or the type is not ours.
fn statement(document: &mut Document, kind: &str) -> Option<Statement> {
    match kind {
        "payment.authorized" => authorized(document),
        "payment.captured" => money(document).map(Statement::Captured),
        "payment.failed" => Some(Statement::Failed(document.reason(REASON))),
        "payment.voided" => Some(Statement::Voided),
        "refund.succeeded" => {
            let (refund, money) = (document.required(REFUND), money(document));
            Some(Statement::Refunded { refund: refund?, money: money? })
        }
        "refund.pending" => Some(Statement::RefundPending { refund: document.required(REFUND)? }),
        "refund.failed" => {
            let refund = document.required(REFUND)?;
            Some(Statement::RefundFailed { refund, reason: document.reason(REASON) })
        }
        "dispute.opened" => {
            let (dispute, money) = (document.required(DISPUTE), money(document));
            Some(Statement::Disputed { dispute: dispute?, money: money? })
        }
        "dispute.closed" => {
            let (dispute, outcome) = (document.required(DISPUTE), outcome(document));
            let money = if document.text(AMOUNT).is_some() { Some(money(document)?) } else { None };
            Some(Statement::DisputeClosed { dispute: dispute?, outcome: outcome?, money })
        }
        _ => None,
    }
}

fn money(document: &mut Document) -> Option<Money> {
    money_in(document, "/data/currency", AMOUNT)
}

/// Returns the money. Without a valid currency, the amount is still checked.
fn money_in(document: &mut Document, currency: &str, amount: &str) -> Option<Money> {
    let currency: Option<Currency> = document.required(currency);
    let text: String = document.required(amount)?;
    let parsed = match currency {
        Some(currency) => Money::parse(&text, currency).map(Some),
        None => text.parse::<Price>().map(|_| None).map_err(Into::into),
    };
    match parsed {
        Ok(money) => money,
        Err(error) => document.fault(amount, error),
    }
}

fn authorized(document: &mut Document) -> Option<Statement> {
    let (money, until) = (money(document), document.optional(UNTIL));
    Some(Statement::Authorized { money: money?, until })
}

fn outcome(document: &mut Document) -> Option<Outcome> {
    match document.required::<String>(OUTCOME)?.as_str() {
        "won" => Some(Outcome::Won),
        "lost" => Some(Outcome::Lost),
        _ => document.fault(OUTCOME, "must be one of \"won\", \"lost\""),
    }
}
