//! Holds in a document: `hold` while it is active, `hold_over` afterwards; and `held_charge`, the charge that waits for
//! the review.

use crate::document::{UnreadableDocument, date, parse, timestamp};
use mongodb::bson::{DateTime, Document, doc};
use orders_domain::{ChargeTerms, Hold, OrderChange, ScreeningReason, StoredHold};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HoldDocument {
    reason: String,
    /// Time at which the order is cancelled unless somebody has decided by then.
    until: DateTime,
}

impl HoldDocument {
    pub(crate) fn new(hold: Hold) -> Self {
        Self { reason: hold.reason.to_string(), until: date(hold.until) }
    }

    fn read(&self) -> Result<Hold, UnreadableDocument> {
        Ok(Hold { reason: ScreeningReason::restore(&self.reason), until: timestamp(self.until)? })
    }
}

/// Charge that waits for the review of the order.
#[derive(Serialize, Deserialize)]
pub(crate) struct HeldChargeDocument {
    provider: String,
    token: String,
    capture: bool,
}

impl HeldChargeDocument {
    pub(crate) fn new(terms: &ChargeTerms) -> Self {
        let (provider, token) = (terms.provider.to_string(), terms.token.expose().to_owned());
        Self { provider, token, capture: terms.is_captured }
    }

    pub(crate) fn read(&self) -> Result<ChargeTerms, UnreadableDocument> {
        let (provider, token) = (parse(&self.provider)?, parse(&self.token)?);
        Ok(ChargeTerms { provider, token, is_captured: self.capture })
    }
}

/// Reads the hold of an order from its two fields.
pub(crate) fn stored_hold(
    active: Option<&HoldDocument>,
    over: Option<&HoldDocument>,
) -> Result<Option<StoredHold>, UnreadableDocument> {
    Ok(match (active, over) {
        (Some(hold), _) => Some(StoredHold::Active(hold.read()?)),
        (None, Some(hold)) => Some(StoredHold::Over(hold.read()?)),
        (None, None) => None,
    })
}

/// Returns the condition that a change has on the hold; `None` without one.
pub(crate) fn hold_condition(change: &OrderChange) -> Option<Document> {
    change.needs_hold().map(|needs_hold| doc! { "$exists": needs_hold })
}
