//! Objects of Stripe: refunds and payment intents. `at` is the pointer to the object in its document.

use super::amounts::money_in;
use crate::document::Document;
use payments_domain::{Reason, Statement};

/// Returns the statement of a refund; `None` when the document has faults.
pub(super) fn refund(document: &mut Document, at: &str) -> Option<Statement> {
    let status = format!("{at}/status");
    match document.required::<String>(&status)?.as_str() {
        "succeeded" => {
            let (refund, amount) =
                (document.required(&format!("{at}/id")), document.whole_number(&format!("{at}/amount")));
            let money = money_in(document, &format!("{at}/currency"), &format!("{at}/amount"), amount);
            Some(Statement::Refunded { refund: refund?, money: money? })
        }
        "failed" | "canceled" => failed_refund(document, at),
        "pending" | "requires_action" => {
            Some(Statement::RefundPending { refund: document.required(&format!("{at}/id"))? })
        }
        _ => document.fault(&status, "must be the status of a refund, such as \"succeeded\""),
    }
}

/// Returns the statement of a refund that has failed.
pub(super) fn failed_refund(document: &mut Document, at: &str) -> Option<Statement> {
    let refund = document.required(&format!("{at}/id"))?;
    Some(Statement::RefundFailed { refund, reason: document.reason(&format!("{at}/failure_reason")) })
}

/// Returns the statement of a payment intent; `None` when the document has faults, or Stripe has no outcome yet.
pub(super) fn payment_intent(document: &mut Document, at: &str) -> Option<Statement> {
    let status = format!("{at}/status");
    let money = |document: &mut Document, member: &str| {
        let pointer = format!("{at}/{member}");
        let amount = document.whole_number(&pointer);
        money_in(document, &format!("{at}/currency"), &pointer, amount)
    };
    match document.required::<String>(&status)?.as_str() {
        "processing" => None,
        "succeeded" => money(document, "amount_received").map(Statement::Captured),
        "requires_capture" => {
            let money = money(document, "amount_capturable")?;
            Some(Statement::Authorized { money, until: None })
        }
        // What was taken before stays taken.
        "canceled" if document.whole_number(&format!("{at}/amount_received"))? > 0 => {
            money(document, "amount_received").map(Statement::Captured)
        }
        "canceled" => Some(Statement::Voided),
        // The buyer would have to do something, and is not here.
        waiting @ ("requires_action" | "requires_confirmation" | "requires_payment_method") => {
            let reason = failure(document, &format!("{at}/last_payment_error"));
            Some(Statement::Failed(reason.or_else(|| waiting.parse().ok())))
        }
        _ => document.fault(&status, "must be the status of a payment intent, such as \"succeeded\""),
    }
}

/// Returns the reason of an error.
pub(super) fn failure(document: &Document, at: &str) -> Option<Reason> {
    let reason = |member: &str| document.reason(&format!("{at}/{member}"));
    reason("decline_code").or_else(|| reason("code"))
}
