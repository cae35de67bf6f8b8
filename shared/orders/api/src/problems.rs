//! Problems of the orders. The one place in which errors of the use cases become problems.

use http::StatusCode;
use kernel::Version;
use orders_domain::{ChangeOrderError, ChangeRefused, OrderRecord, PlaceOrderError, Status};
use platform_http::{Problem, ProblemType};
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
/// The status of the order allows no correction.
pub const ORDER_CLOSED: ProblemType =
    ProblemType::new(StatusCode::UNPROCESSABLE_ENTITY, "order-closed", "Order can't be corrected");
/// The order was corrected too often.
pub const TOO_MANY_CORRECTIONS: ProblemType =
    ProblemType::new(StatusCode::UNPROCESSABLE_ENTITY, "too-many-corrections", "Too many corrections");
/// Another order of the tenant has the external id.
pub const EXTERNAL_ID_TAKEN: ProblemType =
    ProblemType::new(StatusCode::CONFLICT, "external-id-taken", "External id taken");

/// Types of problems that only the routes of the orders have.
pub const PROBLEM_TYPES: &[ProblemType] = &[
    ORDER_NOT_FOUND,
    VERSION_CONFLICT,
    INVALID_TRANSITION,
    ORDER_CLOSED,
    EXTERNAL_ID_TAKEN,
    TOO_MANY_CORRECTIONS,
];

pub(crate) fn order_not_found() -> Problem {
    Problem::new(ORDER_NOT_FOUND, "no order has this id")
}

pub(crate) fn of_place_order(error: &PlaceOrderError) -> Problem {
    match error {
        PlaceOrderError::KeyReused => Problem::idempotency_key_reused(),
        PlaceOrderError::ExternalIdTaken => external_id_taken(),
        PlaceOrderError::Number(port) | PlaceOrderError::Claim(port) | PlaceOrderError::Insert(port) => {
            Problem::of_port(port, error)
        }
    }
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

/// Describes the members that only these problems have.
pub(crate) fn members(stored_status: &Value, status: &Value) -> Map<String, Value> {
    let members = [
        ("current_version", json!({ "type": "integer" })),
        ("current_status", stored_status.clone()),
        ("allowed_statuses", json!({ "type": "array", "items": status })),
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
