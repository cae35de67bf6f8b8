//! Refunds of an order.

use super::canonical::Canonical;
use crate::{Fingerprint, PaymentRequestId, Quantity, Sku};
use kernel::{Money, Timestamp, Version};
use std::fmt;

/// Identity of a refund. The requests to providers that make it are named after it.
pub type RefundId = PaymentRequestId;

kernel::text_type! {
    /// Reason of a shop for a refund: 1 to 200 characters.
    RefundReason, 200
}

/// Refund of an order: asked for by the shop, or due because the order was cancelled or paid twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Identity.
    pub id: RefundId,
    /// Cause.
    pub cause: RefundCause,
    /// Amount, of all parts together.
    pub money: Money,
    /// Reason of the shop.
    pub reason: Option<RefundReason>,
    /// Units that come back; empty for a refund of money only.
    pub items: Vec<RefundedItem>,
    /// `true` when the units can be sold again.
    pub restocks: bool,
    /// Units that this refund brings back into stock: those of the items, without those that an earlier refund has brought back
    /// whose money has not gone back.
    pub restocked: Vec<RefundedItem>,
    /// Fingerprint of the client's request; `None` for a refund that nobody has asked for.
    pub fingerprint: Option<String>,
    /// Version of the order that the refund made.
    pub version: Version,
    /// Time of the refund.
    pub at: Timestamp,
}

/// Units of an item that come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundedItem {
    /// Product.
    pub sku: Sku,
    /// Number of units.
    pub quantity: Quantity,
}

/// Cause of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundCause {
    /// The shop has asked for it.
    Requested,
    /// The shop has money that nobody owes it.
    Compensation,
}

/// Status of a refund, derived from the facts about its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    /// A provider has not answered yet, or the money is on its way.
    Pending,
    /// All of the money has gone back.
    Succeeded,
    /// A provider has refused a part, or it has failed after all.
    Failed,
}

impl Refund {
    /// Maximum number of refunds of an order: a document can't grow without bound.
    pub const MAX: usize = 100;

    /// Computes the fingerprint of a client's request for a refund.
    #[must_use]
    pub fn fingerprint(
        amount: Option<&str>,
        items: &[RefundedItem],
        reason: Option<&RefundReason>,
        restocks: bool,
    ) -> Fingerprint {
        let mut canonical = Canonical::new("orders/refund/1");
        canonical.optional_text(amount);
        canonical.field(&items.len().to_string());
        for RefundedItem { sku, quantity } in items {
            canonical.field(sku.as_str());
            canonical.field(&quantity.to_string());
        }
        canonical.optional_text(reason.map(RefundReason::as_str));
        canonical.field(&restocks.to_string());
        Fingerprint::new(canonical)
    }

    /// Returns the units of an item that come back.
    #[must_use]
    pub fn units_of(&self, sku: &Sku) -> u64 {
        units_of(&self.items, sku)
    }

    /// Returns the units of an item that this refund brings back into stock.
    #[must_use]
    pub fn restocked_units_of(&self, sku: &Sku) -> u64 {
        units_of(&self.restocked, sku)
    }
}

fn units_of(items: &[RefundedItem], sku: &Sku) -> u64 {
    items.iter().filter(|item| item.sku == *sku).map(|item| u64::from(item.quantity.get())).sum()
}

impl RefundCause {
    /// Returns the name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Compensation => "compensation",
        }
    }
}

impl RefundStatus {
    /// All statuses.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Succeeded, Self::Failed];

    /// Returns the name in upper case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
        }
    }
}

impl fmt::Display for RefundStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
