//! Stories of orders in a rush of payments.

use super::TOTAL;
use super::provider::{DECLINED, RushProvider};
use crate::fresh_key;
use fastrand::Rng;
use serde_json::{Value, json};

/// Number of different payments.
const KINDS: usize = 8;

/// Payments of an order, and what the shop and the buyer do with it.
pub(super) struct Story {
    /// Webhooks, each to be delivered until it is accepted.
    pub(super) webhooks: Vec<String>,
    /// `true` for an order that its buyer cancels.
    pub(super) is_cancelled: bool,
    /// Body of a request to charge the order.
    pub(super) charge: Option<Value>,
    /// Body of a request to refund the order.
    pub(super) refund: Option<Value>,
}

impl Story {
    /// Returns the story of the order with a number: paid, declined first, paid twice, declined only, refunded elsewhere, set
    /// aside, charged through the API, or charged and paid in the browser at the same time. Every third is cancelled. Of the
    /// cancelled ones, the provider refuses to refund one in eight.
    pub(super) fn of(provider: &RushProvider, id: &str, sku: &str, number: usize) -> Self {
        let mut rng = Rng::with_seed(number as u64);
        let (first, second) = (fresh_key(), fresh_key());
        let is_cancelled = number.is_multiple_of(3);
        let in_euros = |body: Value| body.to_string().replace("USD", "EUR");
        let endpoint = &provider.endpoint;
        let about =
            |kind: &str, payment: &str, cents| in_euros(endpoint.about_payment(kind, payment, id, cents));
        let captured = |payment: &str| {
            provider.add_payment(payment, id, true);
            about("captured", payment, TOTAL)
        };
        let mut charge = None;
        let facts = match number % KINDS {
            0 => vec![captured(&first), about("authorized", &first, TOTAL)],
            1 => vec![about("failed", &first, 0), captured(&second)],
            2 => vec![captured(&first), captured(&second)],
            3 => vec![about("failed", &first, 0), about("failed", &second, 0)],
            4 => {
                let captured = captured(&first);
                provider.refund_elsewhere(&first);
                vec![captured, in_euros(endpoint.about_refund(&fresh_key(), &first, id, TOTAL))]
            }
            5 => {
                provider.add_payment(&first, id, false);
                vec![about("authorized", &first, TOTAL)]
            }
            kind => {
                let token = if rng.u8(..4) == 0 { DECLINED } else { "tok_visa" };
                charge = Some(json!({ "provider": "standard", "token": token, "capture": rng.u8(..4) > 0 }));
                if kind == 6 { Vec::new() } else { vec![captured(&first)] }
            }
        };
        if is_cancelled && number.is_multiple_of(KINDS) {
            provider.refuse_refunds(&first);
        }
        let refund = match rng.u8(..3) {
            0 => None,
            1 => Some(json!({ "reason": "too small", "items": [{ "sku": sku, "qty": 1 }], "restock": true })),
            _ => Some(json!({ "reason": "late", "amount": "2.50" })),
        };
        let mut webhooks: Vec<_> = facts.iter().chain(&facts).cloned().collect();
        rng.shuffle(&mut webhooks);
        Self { webhooks, is_cancelled, charge, refund }
    }
}
