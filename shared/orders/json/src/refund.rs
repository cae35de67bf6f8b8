//! Refunds and charges in JSON.

use orders_domain::{Payments, Refund, RefundStatus, RefundedItem, RequestStatus, RequestedCharge};
use serde::Serialize;

const ALWAYS: &str = "strings, numbers and booleans always serialise";

/// Refund of an order.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Refund))]
pub struct RefundJson {
    /// Id.
    refund_id: String,
    /// Status: `PENDING` until the provider has given the money back, `FAILED` when it has refused.
    status: String,
    /// Amount, with the decimals of the currency.
    amount: String,
    /// Currency of the money that goes back (ISO 4217).
    currency: String,
    /// `requested` by the shop, or `compensation` for money that nobody owes the shop.
    cause: String,
    /// Reason of the shop; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    reason: Option<String>,
    /// Reason of the provider for which the refund has failed; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    failure_reason: Option<String>,
    /// Units that come back; absent for a refund of money only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    items: Option<Vec<RefundedItemJson>>,
    /// `true` when the units can be sold again.
    restock: bool,
    /// Time of the request (RFC 3339, in UTC).
    created_at: String,
}

/// Units of an item that come back.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RefundedItem))]
pub struct RefundedItemJson {
    /// Stock keeping unit.
    sku: String,
    /// Number of units.
    qty: u64,
}

/// Refunds of an order.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Refunds))]
pub struct RefundsJson {
    /// Refunds, the first one first.
    refunds: Vec<RefundJson>,
}

/// Request to a provider to take the money of an order.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PaymentRequest))]
pub struct ChargeJson {
    /// Id, and idempotency key at the provider.
    payment_request_id: String,
    /// `PENDING` until the provider has answered, then `SUCCEEDED` or `FAILED`.
    status: String,
    /// Provider.
    provider: String,
    /// Amount, with the decimals of the currency.
    amount: String,
    /// Currency of the order (ISO 4217).
    currency: String,
}

impl RefundJson {
    fn new(refund: &Refund, payments: &Payments) -> Self {
        let status = payments.status_of_refund(refund);
        let failure = payments.failure_of(refund).filter(|_| status == RefundStatus::Failed);
        let item = |RefundedItem { sku, quantity }: &RefundedItem| RefundedItemJson {
            sku: sku.to_string(),
            qty: quantity.get().into(),
        };
        let items: Vec<_> = refund.items.iter().map(item).collect();
        Self {
            refund_id: refund.id.to_string(),
            status: status.to_string(),
            amount: refund.money.amount().to_string(),
            currency: refund.money.currency().to_string(),
            cause: refund.cause.as_str().to_owned(),
            reason: refund.reason.as_ref().map(ToString::to_string),
            failure_reason: failure.map(str::to_owned),
            items: (!items.is_empty()).then_some(items),
            restock: refund.restocks,
            created_at: refund.at.to_string(),
        }
    }
}

/// Writes a refund as JSON text.
#[must_use]
pub fn refund_to_json(refund: &Refund, payments: &Payments) -> String {
    serde_json::to_string(&RefundJson::new(refund, payments)).expect(ALWAYS)
}

/// Writes all refunds of an order as JSON text.
#[must_use]
pub fn refunds_to_json(payments: &Payments) -> String {
    let refunds = payments.refunds().iter().map(|refund| RefundJson::new(refund, payments)).collect();
    serde_json::to_string(&RefundsJson { refunds }).expect(ALWAYS)
}

/// Writes a charge as JSON text.
#[must_use]
pub fn charge_to_json(charge: &RequestedCharge) -> String {
    let status = match charge.status {
        RequestStatus::Unanswered | RequestStatus::Accepted => RefundStatus::Pending,
        RequestStatus::Done => RefundStatus::Succeeded,
        RequestStatus::Failed => RefundStatus::Failed,
    };
    let json = ChargeJson {
        payment_request_id: charge.request.id.to_string(),
        status: status.to_string(),
        provider: charge.request.provider.to_string(),
        amount: charge.money.amount().to_string(),
        currency: charge.money.currency().to_string(),
    };
    serde_json::to_string(&json).expect(ALWAYS)
}
