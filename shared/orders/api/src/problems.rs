//! Problems of the orders. The one place in which errors of the use cases become problems.

use crate::body::pointer_of;
use http::{HeaderValue, StatusCode, header};
use kernel::{Currency, Timestamp, Version};
use orders_domain::{
    ChangeOrderError, ChangeRefused, ChargeOrderError, ChargeRefused, InvalidAcceptedRequest,
    InvalidNewOrder, OrderRecord, PlaceOrderError, PriceChange, ProductsRefused, RESTOCK_PERIOD, Refund,
    RefundRefused, RefusedItem, RejectReason, RequestRefundError, Shortage, Status,
};
use platform_http::{FieldError, Problem, ProblemType};
use serde_json::{Map, Value, json};

/// The tenant has no such order.
pub const ORDER_NOT_FOUND: ProblemType =
    ProblemType::new(StatusCode::NOT_FOUND, "order-not-found", "Order not found");
/// The order is not at the version that the client expects.
pub const VERSION_CONFLICT: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "version-conflict", "Order version conflict");
/// The state machine has no such transition.
pub const INVALID_TRANSITION: ProblemType =
    ProblemType::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-transition", "Invalid status transition");
/// The order is on hold until somebody has reviewed it.
pub const ORDER_ON_HOLD: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "order-on-hold", "Order on hold");
/// The order is not on hold.
pub const ORDER_NOT_ON_HOLD: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "order-not-on-hold", "Order not on hold");
/// The status of the order allows no correction.
pub const ORDER_CLOSED: ProblemType =
    ProblemType::new(StatusCode::UNPROCESSABLE_ENTITY, "order-closed", "Order can't be corrected");
/// The order was corrected too often.
pub const TOO_MANY_CORRECTIONS: ProblemType =
    ProblemType::new(StatusCode::UNPROCESSABLE_ENTITY, "too-many-corrections", "Too many corrections");
/// Another order of the tenant has the external id.
pub const EXTERNAL_ID_TAKEN: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "external-id-taken", "External id taken");
/// The order was accepted for processing, and was rejected.
pub const ORDER_REJECTED: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "order-rejected", "Order rejected");
/// The reference to the status has ended.
pub const STATUS_URL_EXPIRED: ProblemType =
    ProblemType::new(StatusCode::GONE, "status-url-expired", "Status URL expired");

/// The catalog has no such products.
pub const UNKNOWN_PRODUCT: ProblemType =
    ProblemType::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown-product", "Unknown product");
/// The products can't be ordered.
pub const INACTIVE_PRODUCT: ProblemType =
    ProblemType::new(StatusCode::UNPROCESSABLE_ENTITY, "inactive-product", "Product not for sale");
/// The products have another currency than the order.
pub const CURRENCY_MISMATCH: ProblemType =
    ProblemType::new(StatusCode::UNPROCESSABLE_ENTITY, "currency-mismatch", "Product in another currency");
/// The products have another price than the buyer expects.
pub const PRICE_CHANGED: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "price-changed", "Price changed");
/// Fewer units can be sold than the order needs.
pub const INSUFFICIENT_STOCK: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "insufficient-stock", "Insufficient stock");
/// Too many others order the same products at this moment.
pub const STOCK_CONTENTION: ProblemType =
    ProblemType::new(StatusCode::SERVICE_UNAVAILABLE, "stock-contention", "Stock in use by other orders");

/// Less money can go back than the refund asks for.
pub const REFUND_EXCEEDS_CAPTURED: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "refund-exceeds-captured", "Refund exceeds what was captured");
/// Fewer units are left than the refund names.
pub const REFUND_EXCEEDS_ORDER: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "refund-exceeds-order", "Refund exceeds the order");
/// The order ended too long ago to bring units back into stock by a refund.
pub const RESTOCK_TOO_LATE: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "restock-too-late", "Too late for a restock");
/// The order has too many refunds.
pub const TOO_MANY_REFUNDS: ProblemType =
    ProblemType::new(StatusCode::UNPROCESSABLE_ENTITY, "too-many-refunds", "Too many refunds");
/// The order can't be charged.
pub const PAYMENT_NOT_POSSIBLE: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "payment-not-possible", "Payment not possible");

/// Time after which a request that met too many others is worth a retry.
const CONTENTION_RETRY_AFTER_S: &str = "1";

/// Types of problems with the products of an order.
pub(crate) const OF_PRODUCTS: &[ProblemType] = &[
    UNKNOWN_PRODUCT,
    INACTIVE_PRODUCT,
    CURRENCY_MISMATCH,
    PRICE_CHANGED,
    INSUFFICIENT_STOCK,
    STOCK_CONTENTION,
];

/// Types of problems that only the routes of the orders have.
pub const PROBLEM_TYPES: &[ProblemType] = &[
    ORDER_NOT_FOUND,
    VERSION_CONFLICT,
    INVALID_TRANSITION,
    ORDER_ON_HOLD,
    ORDER_NOT_ON_HOLD,
    ORDER_CLOSED,
    EXTERNAL_ID_TAKEN,
    TOO_MANY_CORRECTIONS,
    ORDER_REJECTED,
    STATUS_URL_EXPIRED,
    UNKNOWN_PRODUCT,
    INACTIVE_PRODUCT,
    CURRENCY_MISMATCH,
    PRICE_CHANGED,
    INSUFFICIENT_STOCK,
    STOCK_CONTENTION,
    REFUND_EXCEEDS_CAPTURED,
    REFUND_EXCEEDS_ORDER,
    RESTOCK_TOO_LATE,
    TOO_MANY_REFUNDS,
    PAYMENT_NOT_POSSIBLE,
];

pub(crate) fn order_not_found() -> Problem {
    Problem::new(ORDER_NOT_FOUND, "no order has this id")
}

pub(crate) fn of_place_order(error: &PlaceOrderError) -> Problem {
    match error {
        PlaceOrderError::KeyReused => Problem::idempotency_key_reused(),
        PlaceOrderError::ExternalIdTaken => external_id_taken(),
        PlaceOrderError::Rejected(reason) => order_rejected(*reason),
        PlaceOrderError::Products(refused) => of_refused_products(refused),
        PlaceOrderError::Contended => stock_contention(),
        PlaceOrderError::Number(port) | PlaceOrderError::Claim(port) | PlaceOrderError::Insert(port) => {
            Problem::of_port(port, error)
        }
    }
}

fn order_rejected(reason: RejectReason) -> Problem {
    let detail = "the order was processed and rejected, and nothing is held for it; \
        a new attempt needs a new Idempotency-Key";
    Problem::new(ORDER_REJECTED, detail).with_member("reason", reason.as_str())
}

/// The link is not one that the API has made.
pub(crate) fn unknown_status_url() -> Problem {
    Problem::new(ORDER_NOT_FOUND, "no order has this status URL; use the one of the response as it is")
}

pub(crate) fn status_url_expired() -> Problem {
    Problem::new(STATUS_URL_EXPIRED, "the status URL has expired; read the order by its id instead")
}

/// Problem with a request that can't be processed later.
pub(crate) fn of_accepted_request(errors: &[InvalidAcceptedRequest]) -> Problem {
    let error = |error: &InvalidAcceptedRequest| FieldError {
        pointer: match error {
            InvalidAcceptedRequest::NoExpectedPrice { index } => format!("/items/{index}/expected_price"),
            InvalidAcceptedRequest::Total(reason) => pointer_of(reason, &[], &[]),
        },
        detail: error.to_string(),
    };
    Problem::invalid_body(errors.iter().map(error).collect())
}

/// Problem with a request that names its payment, and is not to be processed later.
pub(crate) fn payment_needs_preference() -> Problem {
    let detail = "is only possible for an order that is processed later: send Prefer: respond-async";
    let error = FieldError { pointer: "/payment".to_owned(), detail: detail.to_owned() };
    Problem::invalid_body(vec![error])
}

fn of_refused_products(refused: &ProductsRefused) -> Problem {
    let problem = |kind, detail: &'static str, items: Vec<Value>| {
        Problem::new(kind, detail).with_member("items", items)
    };
    match refused {
        ProductsRefused::Unknown(items) => {
            let detail = "the catalog has no products with these skus; nothing was ordered";
            problem(UNKNOWN_PRODUCT, detail, described(items, |()| json!({})))
        }
        ProductsRefused::Inactive(items) => {
            let detail = "these products can't be ordered now; nothing was ordered";
            problem(INACTIVE_PRODUCT, detail, described(items, |()| json!({})))
        }
        ProductsRefused::CurrencyMismatch(items) => {
            let detail = "these products have another currency than the order; nothing was ordered";
            let currency = |currency: &Currency| json!({ "currency": currency.code() });
            problem(CURRENCY_MISMATCH, detail, described(items, currency))
        }
        ProductsRefused::PriceChanged(items) => {
            let detail = "these products have another price than expected; nothing was ordered";
            let change = |PriceChange { expected, present }: &PriceChange| json!({ "expected_price": expected.to_string(), "price": present.to_string() });
            problem(PRICE_CHANGED, detail, described(items, change))
        }
        ProductsRefused::InsufficientStock(items) => {
            let detail = "fewer units of these products are available; nothing was ordered";
            let shortage = |Shortage { requested, available }: &Shortage| json!({ "requested": requested, "available": available });
            problem(INSUFFICIENT_STOCK, detail, described(items, shortage))
        }
        ProductsRefused::Total(reasons) => {
            let error = |reason: &InvalidNewOrder| FieldError {
                pointer: pointer_of(reason, &[], &[]),
                detail: reason.to_string(),
            };
            Problem::invalid_body(reasons.iter().map(error).collect())
        }
    }
}

/// Describes items with pointer, sku and what is wrong with each.
fn described<T>(items: &[RefusedItem<T>], detail: impl Fn(&T) -> Value) -> Vec<Value> {
    let item = |item: &RefusedItem<T>| {
        let mut described = json!({ "pointer": format!("/items/{}", item.index), "sku": item.sku.as_str() });
        if let (Some(members), Value::Object(more)) = (described.as_object_mut(), detail(&item.detail)) {
            members.extend(more);
        }
        described
    };
    items.iter().map(item).collect()
}

fn stock_contention() -> Problem {
    let detail =
        "many others order the same products at this moment; retry the request with the same Idempotency-Key";
    Problem::new(STOCK_CONTENTION, detail)
        .with_header(header::RETRY_AFTER, HeaderValue::from_static(CONTENTION_RETRY_AFTER_S))
}

pub(crate) fn of_change_order(error: &ChangeOrderError) -> Problem {
    match error {
        ChangeOrderError::Refused(refused) => of_refused_change(*refused),
        ChangeOrderError::Store(port) => Problem::of_port(port, error),
    }
}

fn of_refused_change(refused: ChangeRefused) -> Problem {
    match refused {
        ChangeRefused::NotFound => order_not_found(),
        ChangeRefused::VersionConflict { current } => version_conflict(current),
        ChangeRefused::InvalidTransition { from, to } => invalid_transition(from, to),
        ChangeRefused::OnHold { until } => order_on_hold(until),
        ChangeRefused::NotOnHold => order_not_on_hold(),
        ChangeRefused::Closed { status } => order_closed(status),
        ChangeRefused::TooManyCorrections => too_many_corrections(),
        ChangeRefused::ExternalIdTaken => external_id_taken(),
        ChangeRefused::KeyReused => Problem::idempotency_key_reused(),
    }
}

fn version_conflict(current: Version) -> Problem {
    let detail = format!("the order is at version {current}; read it again before you change it");
    Problem::new(VERSION_CONFLICT, detail).with_member("current_version", current.get())
}

fn invalid_transition(from: Status, to: Status) -> Problem {
    let detail = format!("an order with status {from} can't change to {to}");
    let allowed: Vec<_> = from.next().iter().map(Status::as_str).collect();
    Problem::new(INVALID_TRANSITION, detail)
        .with_member("current_status", from.as_str())
        .with_member("allowed_statuses", allowed)
}

fn order_on_hold(until: Timestamp) -> Problem {
    let detail = format!("the order is on hold until somebody has reviewed it, at the latest until {until}");
    Problem::new(ORDER_ON_HOLD, detail).with_member("until", until.to_string())
}

fn order_not_on_hold() -> Problem {
    let detail = "the order is not on hold: it never was, has ended, or somebody has decided otherwise";
    Problem::new(ORDER_NOT_ON_HOLD, detail)
}

fn too_many_corrections() -> Problem {
    let steps = OrderRecord::MAX_STEPS;
    let detail = format!("the order has {steps} steps in its history, and takes no more corrections");
    Problem::new(TOO_MANY_CORRECTIONS, detail)
}

fn external_id_taken() -> Problem {
    Problem::new(EXTERNAL_ID_TAKEN, "another order has this external_id")
}

fn order_closed(status: Status) -> Problem {
    Problem::new(ORDER_CLOSED, format!("an order with status {status} can't be corrected"))
        .with_member("current_status", status.as_str())
}

pub(crate) fn of_request_refund(error: &RequestRefundError) -> Problem {
    match error {
        RequestRefundError::Refused(refused) => of_refused_refund(refused),
        RequestRefundError::Store(port) => Problem::of_port(port, error),
    }
}

fn of_refused_refund(refused: &RefundRefused) -> Problem {
    let invalid =
        |pointer: String, detail: String| Problem::invalid_body(vec![FieldError { pointer, detail }]);
    match refused {
        RefundRefused::NotFound => order_not_found(),
        RefundRefused::KeyReused => Problem::idempotency_key_reused(),
        RefundRefused::TooManyDecimals(error) => invalid("/amount".to_owned(), error.to_string()),
        RefundRefused::UnknownItem { index } => {
            invalid(format!("/items/{index}/sku"), "must be that of an item of the order".to_owned())
        }
        RefundRefused::TooManyUnits { index, left } => {
            let detail = format!("{left} units of item {index} of the refund were not refunded before");
            Problem::new(REFUND_EXCEEDS_ORDER, detail)
        }
        RefundRefused::ExceedsCaptured { refundable } => {
            let detail =
                format!("{refundable} can go back, less what earlier refunds ask for; nothing was refunded");
            Problem::new(REFUND_EXCEEDS_CAPTURED, detail)
                .with_member("refundable", refundable.amount().to_string())
        }
        RefundRefused::RestockTooLate => {
            let days = RESTOCK_PERIOD.as_secs() / (24 * 60 * 60);
            let detail = format!(
                "the order ended more than {days} days ago; refund it without restock, and adjust the stock"
            );
            Problem::new(RESTOCK_TOO_LATE, detail)
        }
        RefundRefused::TooMany => Problem::new(
            TOO_MANY_REFUNDS,
            format!("the order has {} refunds, and takes no more", Refund::MAX),
        ),
    }
}

pub(crate) fn of_charge_order(error: &ChargeOrderError) -> Problem {
    let not_possible = |detail: String| Problem::new(PAYMENT_NOT_POSSIBLE, detail);
    match error {
        ChargeOrderError::Store(port) => Problem::of_port(port, error),
        ChargeOrderError::Refused(refused) => match refused {
            ChargeRefused::NotFound => order_not_found(),
            ChargeRefused::KeyReused => Problem::idempotency_key_reused(),
            ChargeRefused::OnHold { until } => order_on_hold(*until),
            ChargeRefused::Closed { status } => {
                not_possible(format!("an order with status {status} can't be charged"))
                    .with_member("current_status", status.as_str())
            }
            ChargeRefused::TooLate { due_at } => {
                not_possible(format!("the order had to be paid until {due_at}"))
            }
            ChargeRefused::NothingOwed => not_possible("nothing is left to pay".to_owned()),
            ChargeRefused::ChargePending => not_possible(
                "the provider has not answered an earlier payment; read the order again".to_owned(),
            ),
            ChargeRefused::TooMany => {
                not_possible("the order has too many requests to payment providers".to_owned())
            }
        },
    }
}

/// Describes the members that only these problems have.
pub(crate) fn members(stored_status: &Value, status: &Value) -> Map<String, Value> {
    let refused_item = json!({
        "type": "object",
        "required": ["pointer", "sku"],
        "properties": {
            "pointer": { "type": "string", "description": "JSON Pointer (RFC 6901) to the item in the request." },
            "sku": { "type": "string" },
            "currency": { "type": "string", "description": "Currency of the product." },
            "expected_price": { "type": "string", "description": "Price that the request expects." },
            "price": { "type": "string", "description": "Present price." },
            "requested": {
                "type": "integer", "minimum": 1,
                "description": "Units that the order needs of the product, in all its items together.",
            },
            "available": { "type": "integer", "description": "Units that can be sold." },
        },
    });
    let members = [
        ("current_version", json!({ "type": "integer" })),
        ("current_status", stored_status.clone()),
        ("allowed_statuses", json!({ "type": "array", "items": status })),
        ("until", json!({ "type": "string", "format": "date-time", "description": "End of the hold." })),
        ("refundable", json!({ "type": "string", "description": "Amount that can go back." })),
        ("items", json!({ "type": "array", "items": refused_item })),
    ];
    members.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_transition_lists_the_allowed_statuses() {
        let problem = invalid_transition(Status::Paid, Status::Created);
        assert_eq!(problem.kind(), INVALID_TRANSITION);
        assert_eq!(problem.detail(), "an order with status PAID can't change to CREATED");
        assert_eq!(problem.member("current_status"), Some(&json!("PAID")));
        assert_eq!(problem.member("allowed_statuses"), Some(&json!(["FULFILLED", "CANCELLED"])));
    }
}
