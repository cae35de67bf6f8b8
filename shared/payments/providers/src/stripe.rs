//! Stripe.
//!
//! Signatures: <https://docs.stripe.com/webhooks/signature>. Amounts: <https://docs.stripe.com/currencies>.

mod amounts;
pub(crate) mod api;
mod objects;

use crate::document::Document;
use crate::signature::{has_match, header, mac, verify_time};
use crate::{InvalidNotification, InvalidSignature, Webhook};
use amounts::money_in;
use kernel::{Money, Timestamp};
use payments_domain::{Notification, Outcome, Statement, WebhookSecrets};
use std::time::Duration;

const SIGNATURE: &str = "stripe-signature";

const OBJECT: &str = "/data/object";
const ID: &str = "/data/object/id";
const STATUS: &str = "/data/object/status";
const AMOUNT: &str = "/data/object/amount";
const RECEIVED: &str = "/data/object/amount_received";
const CAPTURABLE: &str = "/data/object/amount_capturable";
const CURRENCY: &str = "/data/object/currency";
const CREATED: &str = "/created";

/// Verifies the signatures of scheme `v1`; others, such as `v0`, are ignored. The key is the secret as text, prefix included.
pub(crate) fn verify(
    webhook: &Webhook<'_>,
    secrets: &WebhookSecrets,
    tolerance: Duration,
) -> Result<(), InvalidSignature> {
    let elements = header(webhook.headers, SIGNATURE)?.split(',').filter_map(|it| it.split_once('='));
    let values =
        |wanted| elements.clone().filter_map(move |(scheme, value)| (scheme == wanted).then_some(value));
    let mut timestamps = values("t");
    let (Some(timestamp), None) = (timestamps.next(), timestamps.next()) else {
        return Err(InvalidSignature::MalformedHeader(SIGNATURE));
    };
    verify_time(SIGNATURE, timestamp, webhook.received_at, tolerance)?;
    let signed = [timestamp.as_bytes(), b".", webhook.body];
    let expected: Vec<_> = secrets.iter().map(|secret| hex(&mac(secret.as_bytes(), &signed))).collect();
    if has_match(values("v1"), &expected) { Ok(()) } else { Err(InvalidSignature::NoMatch) }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// Reads an event with a snapshot of its object.
///
/// An order's id that is no `OrderReference` is ignored: the shop can use the same metadata for sales that are not orders of
/// ours. A refund or dispute of a charge without a payment intent is not ours.
pub(crate) fn notification(body: &[u8]) -> Result<Option<Notification>, InvalidNotification> {
    let mut document = Document::parse(body)?;
    let kind: String = document.required("/type").unwrap_or_default();
    let statement = statement(&mut document, &kind);
    if statement.is_none() && document.is_valid() {
        return Ok(None);
    }
    let payment = if kind.starts_with("payment_intent.") {
        document.required(ID)
    } else {
        document.optional("/data/object/payment_intent")
    };
    let order = document.text("/data/object/metadata/order_id").and_then(|text| text.parse().ok());
    let occurred_at = created(&mut document);
    let request = document.text("/data/object/metadata/request_id").and_then(|text| text.parse().ok());
    document.finish(statement, payment, order, request, occurred_at)
}

/// Returns the statement of an event; `None` when the document has faults, or the type is not ours.
fn statement(document: &mut Document, kind: &str) -> Option<Statement> {
    match kind {
        "payment_intent.succeeded" => {
            let received = document.whole_number(RECEIVED);
            money(document, RECEIVED, received).map(Statement::Captured)
        }
        // With several captures, each one moves a part of the capturable amount to the received one.
        "payment_intent.amount_capturable_updated" => {
            let (capturable, received) =
                (document.whole_number(CAPTURABLE), document.whole_number(RECEIVED)?);
            if received > 0 {
                return money(document, RECEIVED, Some(received)).map(Statement::Captured);
            }
            let money = money(document, CAPTURABLE, capturable)?;
            Some(Statement::Authorized { money, until: None })
        }
        "payment_intent.payment_failed" => {
            Some(Statement::Failed(objects::failure(document, "/data/object/last_payment_error")))
        }
        // What was taken before stays taken.
        "payment_intent.canceled" => match document.whole_number(RECEIVED)? {
            0 => Some(Statement::Voided),
            received => money(document, RECEIVED, Some(received)).map(Statement::Captured),
        },
        "refund.created" | "refund.updated" => objects::refund(document, OBJECT),
        "refund.failed" => objects::failed_refund(document, OBJECT),
        "charge.dispute.created" => {
            let (dispute, money) = (document.required(ID), amount(document));
            Some(Statement::Disputed { dispute: dispute?, money: money? })
        }
        "charge.dispute.closed" => {
            // Stripe adds statuses; one that says nothing about the money changes nothing.
            let outcome = outcome(&document.required::<String>(STATUS)?)?;
            let (dispute, money) = (document.required(ID), amount(document));
            Some(Statement::DisputeClosed { dispute: dispute?, outcome, money: Some(money?) })
        }
        _ => None,
    }
}

/// Returns the end of a dispute. An inquiry that ended without a dispute is won.
fn outcome(status: &str) -> Option<Outcome> {
    match status {
        "won" | "warning_closed" => Some(Outcome::Won),
        "lost" => Some(Outcome::Lost),
        _ => None,
    }
}

fn amount(document: &mut Document) -> Option<Money> {
    let amount = document.whole_number(AMOUNT);
    money(document, AMOUNT, amount)
}

fn money(document: &mut Document, pointer: &str, amount: Option<u64>) -> Option<Money> {
    money_in(document, CURRENCY, pointer, amount)
}

fn created(document: &mut Document) -> Option<Timestamp> {
    let seconds = document.whole_number(CREATED)?;
    let millis = i64::try_from(seconds).ok().and_then(|seconds| seconds.checked_mul(1000));
    match millis.map(Timestamp::from_unix_millis) {
        Some(Ok(timestamp)) => Some(timestamp),
        _ => document.fault(CREATED, "must be in seconds since the Unix epoch, before the year 10000"),
    }
}
