//! The body of `PATCH /orders/{id}`.

use crate::Problem;
use orders_domain::Status;

/// What `PATCH` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusBody {
    /// The status to go to.
    pub status: Status,
}

/// Reads `{"status": "PAID"}`.
///
/// # Errors
///
/// [`Problem::MalformedBody`] when it is not JSON, [`Problem::InvalidBody`] with every fault
/// when it is not a status change.
pub fn status_request(body: &[u8]) -> Result<StatusBody, Problem> {
    super::parse(body, |root, faults| {
        let mut members = root.object(faults)?;
        let status = members.required("status", faults).and_then(|node| node.text(faults));
        members.finish(faults);
        Some(StatusBody { status: status? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_and_anything_else_is_refused() {
        assert_eq!(
            status_request(br#"{"status":"PAID"}"#).expect("a change"),
            StatusBody { status: Status::Paid }
        );
        for body in [r#"{"status":"paid"}"#, r#"{"status":null}"#, "{}", r#"{"status":"PAID","version":2}"#] {
            assert!(matches!(status_request(body.as_bytes()), Err(Problem::InvalidBody(_))), "{body}");
        }
    }
}
