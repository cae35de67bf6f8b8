//! Problems of payments.

use http::{HeaderValue, StatusCode, header};
use payments_providers::InvalidNotification;
use platform_http::{FieldError, Problem, ProblemType};

/// The signature, its time or the endpoint is wrong.
pub const INVALID_SIGNATURE: ProblemType =
    ProblemType::new(StatusCode::UNAUTHORIZED, "invalid-signature", "Invalid signature");

/// Types of problems that only the routes of payments have.
pub const PROBLEM_TYPES: &[ProblemType] = &[INVALID_SIGNATURE];

/// Wait before the provider should send a notification again whose order is not stored yet, in seconds.
const RETRY_AFTER_S: &str = "30";

/// Returns the problem of a webhook that can't be trusted. It says the same for all reasons.
pub(crate) fn invalid_signature() -> Problem {
    Problem::new(INVALID_SIGNATURE, "the endpoint does not accept this signature")
}

/// Returns the problem of a signed body that can't be read.
pub(crate) fn of_notification(error: InvalidNotification) -> Problem {
    match error {
        InvalidNotification::NotJson => Problem::malformed_body("the body is not JSON in UTF-8".to_owned()),
        InvalidNotification::Fields(errors) => {
            let field = |error: payments_providers::FieldError| FieldError {
                pointer: error.pointer,
                detail: error.detail,
            };
            Problem::invalid_body(errors.into_iter().map(field).collect())
        }
    }
}

/// Returns the problem of a notification whose order is not stored yet.
pub(crate) fn too_early() -> Problem {
    Problem::new(ProblemType::UNAVAILABLE, "the order is not known yet; send the webhook again")
        .with_header(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S))
}
