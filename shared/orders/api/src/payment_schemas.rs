//! Schemas of payments and refunds.

use crate::body::{MAX_REFUNDED_ITEMS, PROVIDERS};
use crate::schemas::{AMOUNT, PRICE};
use orders_domain::{
    PaymentReason, PaymentRequestId, PaymentStatus, PaymentToken, Quantity, Refund, RefundCause,
    RefundReason, RefundStatus, Sku,
};
use orders_json::{ChargeJson, PaymentJson, RefundJson, RefundedItemJson, RefundsJson};
use platform_http::openapi::{bounded, new_text, stored_text, string};
use serde_json::{Value, json};

const CURRENCY: &str = "^[A-Z]{3}$";

pub(crate) fn payment() -> Value {
    bounded::<PaymentJson, 4>([
        ("status", json!({ "enum": PaymentStatus::ALL.map(PaymentStatus::as_str) })),
        ("captured", json!({ "pattern": AMOUNT })),
        ("refunded", json!({ "pattern": AMOUNT })),
        ("currency", json!({ "pattern": CURRENCY })),
    ])
}

pub(crate) fn refund() -> Value {
    let causes = [RefundCause::Requested, RefundCause::Compensation].map(RefundCause::as_str);
    bounded::<RefundJson, 8>([
        ("refund_id", stored_text(PaymentRequestId::MAX_CHARS)),
        ("status", json!({ "enum": RefundStatus::ALL.map(RefundStatus::as_str) })),
        ("amount", json!({ "pattern": AMOUNT })),
        ("currency", json!({ "pattern": CURRENCY })),
        ("cause", json!({ "enum": causes })),
        ("reason", stored_text(RefundReason::MAX_CHARS)),
        ("failure_reason", stored_text(PaymentReason::MAX_CHARS)),
        ("created_at", json!({ "format": "date-time" })),
    ])
}

pub(crate) fn refunded_item() -> Value {
    bounded::<RefundedItemJson, 2>([
        ("sku", stored_text(Sku::MAX_CHARS)),
        ("qty", json!({ "minimum": 1, "maximum": Quantity::MAX })),
    ])
}

pub(crate) fn refunds() -> Value {
    bounded::<RefundsJson, 1>([("refunds", json!({ "maxItems": 2 * Refund::MAX }))])
}

pub(crate) fn payment_request() -> Value {
    bounded::<ChargeJson, 4>([
        ("payment_request_id", stored_text(PaymentRequestId::MAX_CHARS)),
        ("status", json!({ "enum": RefundStatus::ALL.map(RefundStatus::as_str) })),
        ("amount", json!({ "pattern": AMOUNT })),
        ("currency", json!({ "pattern": CURRENCY })),
    ])
}

pub(crate) fn new_refund() -> Value {
    json!({
        "type": "object",
        "description": "Refund of `amount`, of the price of `items`, or of all that is left.",
        "required": ["reason"],
        "additionalProperties": false,
        "properties": {
            "reason": string(&new_text(RefundReason::MAX_CHARS)),
            "amount": string(&json!({
                "pattern": PRICE,
                "description": "String, never a number, more than 0, with at most the decimals of the currency.",
            })),
            "items": {
                "type": "array", "minItems": 1, "maxItems": MAX_REFUNDED_ITEMS,
                "description": "Units that come back, each sku once. Discounts, taxes and shipping are not divided among them: \
                    name the amount where they matter.",
                "items": {
                    "type": "object",
                    "required": ["sku", "qty"],
                    "additionalProperties": false,
                    "properties": {
                        "sku": string(&new_text(Sku::MAX_CHARS)),
                        "qty": { "type": "integer", "minimum": 1, "maximum": Quantity::MAX },
                    },
                },
            },
            "restock": {
                "type": "boolean", "default": false,
                "description": "`true` when the units can be sold again. Without `items` and `amount`, all units come back.",
            },
        },
    })
}

pub(crate) fn new_payment() -> Value {
    json!({
        "type": "object",
        "required": ["provider", "token"],
        "additionalProperties": false,
        "properties": {
            "provider": { "type": "string", "enum": PROVIDERS },
            "token": string(&json!({
                "minLength": 1, "maxLength": PaymentToken::MAX_CHARS, "pattern": "^[!-~]+$",
                "description": "Token of the provider for a means of payment, never card data.",
            })),
            "capture": {
                "type": "boolean", "default": true,
                "description": "`false` sets the money aside instead of taking it.",
            },
        },
    })
}
