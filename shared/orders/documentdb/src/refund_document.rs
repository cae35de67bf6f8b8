//! Refunds of a document.

use crate::document::{UnreadableDocument, date, decimal128, int64, timestamp, unreadable, version};
use crate::payment_document::money;
use mongodb::bson::{DateTime, Decimal128};
use orders_domain::{PaymentRequestId, Quantity, Refund, RefundCause, RefundReason, RefundedItem, Sku};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RefundDocument {
    id: String,
    /// `compensation` for a refund that nobody has asked for; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    amount: Decimal128,
    currency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Units that come back; absent for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    items: Vec<RefundedItemDocument>,
    /// `true` when the units can be sold again; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restock: Option<bool>,
    /// Units that come back into stock, if they are fewer than those of the items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    restocked: Option<Vec<RefundedItemDocument>>,
    /// Fingerprint of the client's request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    /// Version of the order that the refund made.
    version: i64,
    at: DateTime,
}

#[derive(Debug, Serialize, Deserialize)]
struct RefundedItemDocument {
    sku: String,
    qty: i64,
}

impl RefundDocument {
    pub(crate) fn new(refund: &Refund) -> Result<Self, UnreadableDocument> {
        let item = |RefundedItem { sku, quantity }: &RefundedItem| RefundedItemDocument {
            sku: sku.to_string(),
            qty: i64::from(quantity.get()),
        };
        Ok(Self {
            id: refund.id.to_string(),
            cause: (refund.cause == RefundCause::Compensation).then(|| refund.cause.as_str().to_owned()),
            amount: decimal128(refund.money.amount())?,
            currency: refund.money.currency().to_string(),
            reason: refund.reason.as_ref().map(ToString::to_string),
            items: refund.items.iter().map(item).collect(),
            restock: refund.restocks.then_some(true),
            restocked: (refund.restocks && refund.restocked != refund.items)
                .then(|| refund.restocked.iter().map(item).collect()),
            fingerprint: refund.fingerprint.clone(),
            version: int64(refund.version),
            at: date(refund.at),
        })
    }

    pub(crate) fn read(self) -> Result<Refund, UnreadableDocument> {
        let item = |RefundedItemDocument { sku, qty }: RefundedItemDocument| {
            let units = u64::try_from(qty).map_err(unreadable)?;
            Ok(RefundedItem {
                sku: Sku::restore(&sku).map_err(unreadable)?,
                quantity: Quantity::try_from(units).map_err(unreadable)?,
            })
        };
        let is_compensation = self.cause.as_deref() == Some(RefundCause::Compensation.as_str());
        let read =
            |items: Vec<RefundedItemDocument>| items.into_iter().map(item).collect::<Result<Vec<_>, _>>();
        let (items, restocks) = (read(self.items)?, self.restock == Some(true));
        let restocked = self.restocked.map(read).transpose()?;
        Ok(Refund {
            id: PaymentRequestId::restore(&self.id).map_err(unreadable)?,
            cause: if is_compensation { RefundCause::Compensation } else { RefundCause::Requested },
            money: money((self.amount, &self.currency))?,
            reason: self.reason.as_deref().map(RefundReason::restore).transpose().map_err(unreadable)?,
            restocked: if restocks { restocked.unwrap_or_else(|| items.clone()) } else { Vec::new() },
            items,
            restocks,
            fingerprint: self.fingerprint,
            version: version(self.version)?,
            at: timestamp(self.at)?,
        })
    }
}
