//! Requests to payment providers of a document.

use crate::document::{UnreadableDocument, date, decimal128, int64, parse, timestamp, unreadable, version};
use crate::payment_document::money;
use kernel::Money;
use mongodb::bson::{DateTime, Decimal128};
use orders_domain::{Operation, PaymentReference, PaymentRequestId, PaymentToken, ProviderRequest};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Request to a provider. Its token is kept apart, so that it can be removed once it is of no use.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ProviderRequestDocument {
    id: String,
    provider: String,
    operation: String,
    /// Absent for a charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Decimal128>,
    /// Currency of the amount; present exactly when the amount is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// `true` for a charge that takes the money at once; absent for other operations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    capture: Option<bool>,
    /// Refund that the request is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refund: Option<String>,
    /// Fingerprint of the client's request for a charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    /// Version of the order that the request made.
    version: i64,
    at: DateTime,
}

/// Tokens by the request that needs them.
pub(crate) type TokensDocument = HashMap<String, String>;

const CHARGE: &str = "charge";
const CAPTURE: &str = "capture";
const REFUND: &str = "refund";
const VOID: &str = "void";

/// Members of an operation.
#[derive(Default)]
struct Parts<'a> {
    name: &'static str,
    payment: Option<&'a PaymentReference>,
    money: Option<Money>,
    capture: Option<bool>,
    refund: Option<&'a PaymentRequestId>,
    fingerprint: Option<&'a String>,
}

impl ProviderRequestDocument {
    /// Returns a request; `None` for one of a later release, which nobody writes again.
    pub(crate) fn new(request: &ProviderRequest) -> Result<Option<Self>, UnreadableDocument> {
        let Parts { name, payment, money, capture, refund, fingerprint } = match &request.operation {
            Operation::Charge { money, is_captured, fingerprint, token: _ } => Parts {
                name: CHARGE,
                money: Some(*money),
                capture: Some(*is_captured),
                fingerprint: Some(fingerprint),
                ..Parts::default()
            },
            Operation::Capture { payment, money } => {
                Parts { name: CAPTURE, payment: Some(payment), money: Some(*money), ..Parts::default() }
            }
            Operation::Refund { payment, money, refund } => Parts {
                name: REFUND,
                payment: Some(payment),
                money: Some(*money),
                refund: Some(refund),
                ..Parts::default()
            },
            Operation::Void { payment } => Parts { name: VOID, payment: Some(payment), ..Parts::default() },
            Operation::Unknown => return Ok(None),
        };
        Ok(Some(Self {
            id: request.id.to_string(),
            provider: request.provider.to_string(),
            operation: name.to_owned(),
            payment: payment.map(ToString::to_string),
            amount: money.map(|money| decimal128(money.amount())).transpose()?,
            currency: money.map(|money| money.currency().to_string()),
            capture,
            refund: refund.map(ToString::to_string),
            fingerprint: fingerprint.cloned(),
            version: int64(request.version),
            at: date(request.at),
        }))
    }

    pub(crate) fn read(self, tokens: &TokensDocument) -> Result<ProviderRequest, UnreadableDocument> {
        let payment = || {
            let payment = self.payment.as_deref().ok_or_else(|| unreadable("a request names no payment"))?;
            PaymentReference::restore(payment).map_err(unreadable)
        };
        let money = || {
            let parts = self.amount.zip(self.currency.as_deref());
            money(parts.ok_or_else(|| unreadable("a request has no amount"))?)
        };
        let operation = match self.operation.as_str() {
            CHARGE => Operation::Charge {
                money: money()?,
                is_captured: self.capture.unwrap_or(true),
                token: tokens.get(&self.id).map(|token| parse::<PaymentToken>(token)).transpose()?,
                fingerprint: self.fingerprint.clone().unwrap_or_default(),
            },
            CAPTURE => Operation::Capture { payment: payment()?, money: money()? },
            REFUND => {
                let refund = self.refund.as_deref().ok_or_else(|| unreadable("a request names no refund"))?;
                let refund = PaymentRequestId::restore(refund).map_err(unreadable)?;
                Operation::Refund { payment: payment()?, money: money()?, refund }
            }
            VOID => Operation::Void { payment: payment()? },
            _ => Operation::Unknown,
        };
        Ok(ProviderRequest {
            id: PaymentRequestId::restore(&self.id).map_err(unreadable)?,
            provider: parse(&self.provider)?,
            operation,
            version: version(self.version)?,
            at: timestamp(self.at)?,
        })
    }
}
