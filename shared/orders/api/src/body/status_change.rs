//! The body of `PATCH /orders/{id}`.

use orders_domain::Status;
use platform_http::Problem;
use platform_http::body::parse;

/// Requested change of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRequest {
    /// New status.
    pub status: Status,
}

/// Reads `{"status": "PAID"}`.
///
/// # Errors
///
/// A problem for bytes that are not JSON, or with all validation errors.
pub fn parse_status_request(body: &[u8]) -> Result<StatusRequest, Problem> {
    parse(body, |root, errors| {
        let mut members = root.object(errors)?;
        let status = members.required("status", errors).and_then(|node| node.text(errors));
        members.finish(errors);
        Some(StatusRequest { status: status? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_body_with_a_known_status_is_accepted() {
        assert_eq!(
            parse_status_request(br#"{"status":"PAID"}"#).expect("a change"),
            StatusRequest { status: Status::Paid }
        );
        for body in [r#"{"status":"paid"}"#, r#"{"status":null}"#, "{}", r#"{"status":"PAID","version":2}"#] {
            let problem = parse_status_request(body.as_bytes()).expect_err(body);
            assert_eq!(problem.kind(), platform_http::ProblemType::INVALID_BODY, "{body}");
        }
    }
}
