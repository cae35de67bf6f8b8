//! Facts about the payment of a document.

use crate::document::{UnreadableDocument, date, decimal128, int64, parse, timestamp, unreadable, version};
use kernel::{Currency, Money, Timestamp, Version};
use mongodb::bson::{DateTime, Decimal128};
use orders_domain::{FactKind, PaymentFact, PaymentReason, PaymentReference, PaymentRequestId, RecordedFact};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PaymentDocument {
    facts: Vec<FactDocument>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FactDocument {
    provider: String,
    payment: String,
    kind: String,
    /// Refund or dispute; absent for a fact about the payment itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    /// Amount with the decimals of its currency; absent for a fact without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Decimal128>,
    /// Currency of the amount; present exactly when the amount is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// End of an authorization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<DateTime>,
    /// Request that the fact answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    /// Version of the order from which on the fact counts.
    version: i64,
    at: DateTime,
}

impl PaymentDocument {
    /// Returns the facts of a new order; `None` for none.
    pub(crate) fn new(facts: &[RecordedFact]) -> Result<Option<Self>, UnreadableDocument> {
        let write = |it: &RecordedFact| FactDocument::new(&it.fact, it.version, it.at);
        let facts: Vec<_> = facts.iter().map(write).collect::<Result<_, _>>()?;
        Ok((!facts.is_empty()).then_some(Self { facts }))
    }

    pub(crate) fn read(self) -> Result<Vec<RecordedFact>, UnreadableDocument> {
        self.facts.into_iter().map(FactDocument::read).collect()
    }
}

impl FactDocument {
    /// Returns a fact that counts from a version on.
    pub(crate) fn new(
        fact: &PaymentFact,
        version: Version,
        at: Timestamp,
    ) -> Result<Self, UnreadableDocument> {
        let PaymentFact { provider, payment, kind, object, money, reason, until, request } = fact;
        Ok(Self {
            provider: provider.to_string(),
            payment: payment.to_string(),
            kind: kind.to_string(),
            object: object.as_ref().map(ToString::to_string),
            amount: money.map(|money| decimal128(money.amount())).transpose()?,
            currency: money.map(|money| money.currency().to_string()),
            reason: reason.as_ref().map(ToString::to_string),
            until: until.map(date),
            request: request.as_ref().map(ToString::to_string),
            version: int64(version),
            at: date(at),
        })
    }

    fn read(self) -> Result<RecordedFact, UnreadableDocument> {
        Ok(RecordedFact {
            fact: PaymentFact {
                provider: parse(&self.provider)?,
                payment: PaymentReference::restore(&self.payment).map_err(unreadable)?,
                kind: FactKind::restore(&self.kind),
                object: self
                    .object
                    .as_deref()
                    .map(PaymentReference::restore)
                    .transpose()
                    .map_err(unreadable)?,
                money: self.amount.zip(self.currency.as_deref()).map(money).transpose()?,
                reason: self.reason.as_deref().map(PaymentReason::restore).transpose().map_err(unreadable)?,
                until: self.until.map(timestamp).transpose()?,
                request: self
                    .request
                    .as_deref()
                    .map(PaymentRequestId::restore)
                    .transpose()
                    .map_err(unreadable)?,
            },
            version: version(self.version)?,
            at: timestamp(self.at)?,
        })
    }
}

/// Reads an amount with its currency.
pub(crate) fn money((amount, code): (Decimal128, &str)) -> Result<Money, UnreadableDocument> {
    let amount = amount.to_string();
    let currency = Currency::restore(code, &amount).map_err(unreadable)?;
    Money::restore(&amount, currency).map_err(unreadable)
}
